// Are batches of bytes, finished for the whole batch where they are trained on, those that the workers would have
// finished? The device is the CPU here.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <tuneit/data/augment/recipe_augment.hpp>
#include <tuneit/data/batches/loader.hpp>
#include <tuneit/models/tiny.hpp>
#include <tuneit/recipe/queries/augment_names.hpp>

#include <catch2/catch.hpp>

#include "picture_files.hpp"

namespace {

using namespace tuneit;
using data::Loader;
using data::LoaderOptions;

std::vector<data::Sample> make_samples(const test::TempFolder& folder, int count) {
  std::vector<data::Sample> out;
  for (int i = 0; i < count; ++i) {
    const io::Image picture = test::gradient(60 - i, 50 + 2 * i, 11 * i);
    out.push_back({folder.write(std::to_string(i) + ".png", test::encode_png(picture)).string(), i % 3});
  }
  return out;
}

/// Swaps red and blue: a step of one's own, which nobody knows to be good for flips that wait.
struct Swapped : AugmentStep {
  template <class S>
  io::Image operator()(io::Image in, S&) const {
    for (std::size_t i = 0; i < in.rgb.size(); i += 3) std::swap(in.rgb[i], in.rgb[i + 2]);
    return in;
  }
};

template <class... Steps>
data::Augment augment_of(int side = 20) {
  Settings s = defaults<Finetune<TinyNet, tuneit::Augment<Steps...>>>();
  s.side = side;
  return data::train_augment<Finetune<TinyNet, tuneit::Augment<Steps...>>>(s);
}

/// What one picture leaves undone.
template <class... Steps>
data::Deferred deferred_of(std::uint64_t sample) {
  data::Deferred deferred;
  data::Draws draws(0, 1, sample);
  const data::Augment augment = augment_of<Steps...>();
  static_cast<void>(augment.transform(test::gradient(50, 41, 30), draws, 0, &deferred));
  augment.draw_finish(draws, deferred);
  return deferred;
}
template <class... Steps>
bool leaves_flips() {
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    const data::Deferred deferred = deferred_of<Steps...>(sample);
    if (deferred.mirrored || deferred.turned_over) return true;
  }
  return false;
}

/// Runs epochs either way. The promise is 1e-6; on the CPU the images are equal to the bit.
void check_equal(const data::Augment& augment, LoaderOptions options, const std::vector<data::Sample>& samples) {
  Loader here(samples, augment, options);
  options.finish_on = at::Device(at::kCPU);
  Loader there(samples, augment, options);
  for (const std::uint64_t epoch : {1U, 2U, 1U}) {  // the second and third read kept pictures
    here.start(epoch);
    there.start(epoch);
    while (const auto wanted = here.next()) {
      const auto got = there.next();
      REQUIRE(got);
      REQUIRE(got->images.scalar_type() == at::kFloat);
      REQUIRE(got->images.is_contiguous(at::MemoryFormat::ChannelsLast));
      REQUIRE_FALSE(got->images.is_inference());
      REQUIRE(got->images.sizes() == wanted->images.sizes());
      CHECK(got->index == wanted->index);
      CHECK(got->labels.equal(wanted->labels));
      CHECK(got->images.sub(wanted->images).abs().max().item<float>() <= 1e-6F);
      CHECK(got->images.equal(wanted->images));
    }
    CHECK_FALSE(there.next());
  }
}

}  // namespace

TEST_CASE("bytes finished on a device are the floats of the workers", "[data][device]") {
  const test::TempFolder folder;
  const auto samples = make_samples(folder, 13);
  const LoaderOptions options{.batch_size = 5, .workers = 2, .shuffle = true, .seed = 4};
  for (const std::string_view name : augment_names) {
    INFO(name);
    check_equal(data::train_augment(named_steps(name), 20), options, samples);
  }
  check_equal(augment_of<>(), options, samples);
  check_equal(augment_of<HorizontalFlip<1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, HorizontalFlip<0.3>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, Swapped, VerticalFlip<>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, RandomResizedCrop<>, VerticalFlip<>>(), options, samples);
  check_equal(augment_of<VerticalFlip<>, Rotation<40>, HorizontalFlip<>>(), options, samples);
  // every step that lets flips wait, each with a probability of 1 behind both flips
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, ColorJitter<0.4, 0.4, 0.4, 0.1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, Grayscale<1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, Invert<1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, AutoContrast<1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, Equalize<1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, Posterize<3, 1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, Solarize<100, 1>>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, VerticalFlip<>, Sharpness<2, 1>>(), options, samples);
}

TEST_CASE("so are rectangles that are erased, with a colour or with noise", "[data][device]") {
  const test::TempFolder folder;
  const auto samples = make_samples(folder, 13);
  const LoaderOptions options{.batch_size = 5, .workers = 2, .shuffle = true, .seed = 4};
  using Painted = RandomErasing<0.7, 0.1, 0.4>;
  using Noisy = RandomErasing<0.7, 0.1, 0.4, 0.3, 3.3, Noise>;
  check_equal(augment_of<HorizontalFlip<>, Painted>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, Noisy>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, Painted, Noisy, Painted>(), options, samples);
  check_equal(augment_of<HorizontalFlip<>, Noisy, Noisy>(), options, samples);
  check_equal(augment_of<RandomErasing<0>>(), options, samples);
  data::Augment coloured = data::imagenet_train(20, {{0.1F, 0.2F, 0.3F}, {0.9F, 0.8F, 0.7F}});
  coloured.erase({{.p = 0.8, .scale_low = 0.2, .scale_high = 0.6, .value = {5.0F, -6.0F, 7.0F}}});
  check_equal(coloured, options, samples);
  check_equal(coloured, {.batch_size = 1}, samples);
  CHECK(deferred_of<HorizontalFlip<>, RandomErasing<1>>(0).erases());
}

TEST_CASE("flips wait where that changes nothing, and only there", "[data][device]") {
  CHECK(leaves_flips<HorizontalFlip<>>());
  CHECK(leaves_flips<RandomResizedCrop<>, VerticalFlip<>>());
  CHECK(leaves_flips<RandomResizedCrop<>, HorizontalFlip<>, ColorJitter<0.4>, Sharpness<2>, RandomErasing<0.1>>());
  CHECK_FALSE(leaves_flips<HorizontalFlip<>, RandomResizedCrop<>>());
  CHECK_FALSE(leaves_flips<HorizontalFlip<>, Rotation<10>>());
  CHECK_FALSE(leaves_flips<HorizontalFlip<>, TrivialAugmentWide<>>());
  CHECK_FALSE(leaves_flips<HorizontalFlip<>, RandAugment<>>());
  CHECK_FALSE(leaves_flips<HorizontalFlip<>, Affine<10>>());
  CHECK_FALSE(leaves_flips<HorizontalFlip<>, Swapped>());
  CHECK_FALSE(leaves_flips<HorizontalFlip<1>, HorizontalFlip<1>>());  // twice is not at all
}

TEST_CASE("views, test views, samples drawn twice and pictures left out are finished alike", "[data][device]") {
  const test::TempFolder folder;
  auto samples = make_samples(folder, 13);
  check_equal(data::test_augment(named_steps("imagenet"), TestViewKind::TenCrops, 20), {.batch_size = 4}, samples);
  check_equal(data::test_augment(named_steps("flips"), TestViewKind::Mirror, 20), {.batch_size = 4}, samples);
  const data::Augment strong = augment_of<RandomResizedCrop<>, HorizontalFlip<>, RandomErasing<0.5>>();
  check_equal(strong, {.batch_size = 4, .workers = 1, .shuffle = true, .views = 2}, samples);
  check_equal(strong, {.batch_size = 4, .sampling = data::Sampling::Balanced, .seed = 3}, samples);
  samples[2].path = folder.write("cut.png", "no picture").string();
  samples[7].path = (folder.path() / "vanished.png").string();
  check_equal(strong, {.batch_size = 4, .workers = 3, .shuffle = true, .skip_at_most = 2}, samples);
}

TEST_CASE("images arrive on the device that was named", "[data][device]") {
  const test::TempFolder folder;
  // The device without memory: whatever would read a number of it on the way fails. (In C++ it can neither flip nor
  // scatter.)
  const at::Device nowhere(at::kMeta);
  const LoaderOptions options{.batch_size = 4, .workers = 1, .finish_on = nowhere};
  data::Augment own = data::imagenet_train(20);
  own.then([](float* pixels, int, data::Draws&) { pixels[0] = 0; });
  for (const data::Augment& augment : {data::imagenet_eval(20), own}) {
    Loader loader(make_samples(folder, 6), augment, options);
    loader.start(1);
    std::int64_t seen = 0;
    while (const auto batch = loader.next()) {
      CHECK(batch->images.device() == nowhere);
      CHECK(batch->images.scalar_type() == at::kFloat);
      CHECK(batch->images.is_contiguous(at::MemoryFormat::ChannelsLast));
      seen += batch->images.size(0);
    }
    CHECK(seen == 6);
  }
}

TEST_CASE("what a device cannot do is done by the workers", "[data][device]") {
  const test::TempFolder folder;
  data::Augment own = data::imagenet_train(20);
  own.then([](float* pixels, int, data::Draws& draws) { pixels[0] = static_cast<float>(draws.uniform()); });
  CHECK_FALSE(own.finishes_elsewhere());
  check_equal(own, {.batch_size = 4, .workers = 1}, make_samples(folder, 6));
}

TEST_CASE("a loader is told where its batches are wanted; for the CPU nothing changes", "[data][device]") {
  const test::TempFolder folder;
  Loader loader(make_samples(folder, 3), data::imagenet_train(20), {});
  loader.set_device(at::Device(at::kCPU));
  CHECK_FALSE(loader.options().finish_on.has_value());
  loader.set_device(at::Device(at::kCUDA, 0));
  CHECK(loader.options().finish_on == at::Device(at::kCUDA, 0));
}
