// Are the transforms of a recipe those that it names, and are several views of test pictures the right ones?
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <tuneit/data/augment/recipe_augment.hpp>
#include <tuneit/data/batches/loader.hpp>
#include <tuneit/data/contact_sheet.hpp>
#include <tuneit/models/tiny.hpp>
#include <tuneit/recipe/numbers/numbers.hpp>
#include <tuneit/recipe/queries/augment_names.hpp>

#include <catch2/catch.hpp>

#include "picture_files.hpp"

namespace {

using namespace tuneit;

using Usual = Finetune<TinyNet>;

std::vector<float> numbers(const data::Augment& augment, const tuneit::io::Image& in, std::uint64_t sample) {
  std::vector<float> out(augment.floats());
  data::Draws draws(0, 1, sample);
  augment(in, draws, out.data());
  return out;
}
bool same(const data::Augment& a, const data::Augment& b) {
  const tuneit::io::Image in = test::gradient(50, 41, 30);
  for (std::uint64_t sample = 0; sample < 12; ++sample)
    if (numbers(a, in, sample) != numbers(b, in, sample)) return false;
  return a.random() == b.random() && a.views() == b.views() && a.size() == b.size();
}
tuneit::io::Image view(const data::Augment& augment, const tuneit::io::Image& in, std::size_t which) {
  data::Draws draws(0, 0, 0);
  return augment.transform(in, draws, which);
}

/// Swaps red and blue.
struct Swapped : AugmentStep {
  template <class S>
  tuneit::io::Image operator()(tuneit::io::Image in, S&) const {
    for (std::size_t i = 0; i < in.rgb.size(); i += 3) std::swap(in.rgb[i], in.rgb[i + 2]);
    return in;
  }
};
/// Cannot be called.
struct Unfinished : AugmentStep {};

}  // namespace

TEST_CASE("named augmentation and a recipe's default are the functions of that name", "[data][augment]") {
  Settings s = defaults<Usual>();
  s.side = 24;
  CHECK(same(data::train_augment<Usual>(s), data::imagenet_train(24)));
  CHECK(same(data::test_augment<Usual>(s), data::imagenet_eval(24)));
  CHECK(same(data::train_augment(named_steps("imagenet"), 24), data::imagenet_train(24)));
  CHECK(same(data::train_augment(named_steps("flips"), 24), data::flips(24)));
  CHECK(same(data::train_augment(named_steps("none"), 24), data::no_augment(24)));
  CHECK(same(data::test_augment(named_steps("flips"), TestViewKind::One, 24), data::whole_picture(24)));
  CHECK_FALSE(same(data::train_augment(named_steps("trivial"), 24), data::imagenet_train(24)));
  for (const std::string_view name : augment_names)
    CHECK(data::train_augment(named_steps(name), 24).random() == (name != "none"));
}

TEST_CASE("steps follow each other, a step of one's own among them", "[data][augment]") {
  using R = Finetune<TinyNet, Augment<WholeImage, Swapped, HorizontalFlip<1>, Invert<1>>>;
  Settings s = defaults<R>();
  s.side = 24;
  const tuneit::io::Image in = test::gradient(50, 41, 30);
  const data::Augment augment = data::train_augment<R>(s);
  const tuneit::io::Image whole = view(data::whole_picture(24), in, 0), out = view(augment, in, 0);
  data::Draws none(0, 0, 0);
  CHECK(out.rgb == data::invert(data::mirror(Swapped{}(whole, none))).rgb);
  set_number<R>(s, "invert", 0);
  CHECK(view(data::train_augment<R>(s), in, 0).rgb == data::mirror(Swapped{}(whole, none)).rgb);
  using First = Finetune<TinyNet, Augment<Swapped, WholeImage>>;
  CHECK(view(data::train_augment<First>(s), in, 0).rgb == Swapped{}(whole, none).rgb);
  using Fails = Finetune<TinyNet, Augment<Unfinished>>;
  CHECK_THROWS_AS(data::train_augment<Fails>(), Error);
}

TEST_CASE("erasing works on normalised numbers, also of pictures that are kept", "[data][augment]") {
  using R = Finetune<TinyNet, Augment<WholeImage, RandomErasing<1, 0.2, 0.4>>>;
  Settings s = defaults<R>();
  s.side = 16;
  const data::Augment augment = data::train_augment<R>(s);
  CHECK(augment.random());
  const tuneit::io::Image in = test::gradient(40, 30, 3);
  const std::vector<float> plain = numbers(data::whole_picture(16), in, 0), erased = numbers(augment, in, 0);
  const auto zeros = std::count(erased.begin(), erased.end(), 0.0F);
  CHECK(zeros >= 3 * 16 * 16 / 8);
  CHECK(zeros % 3 == 0);
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK((erased[i] == 0.0F || erased[i] == plain[i]));

  test::TempFolder folder;
  const std::vector<data::Sample> samples{{folder.write("a.png", test::encode_png(in)).string(), 0}};
  data::Loader loader(samples, augment, {.batch_size = 1, .workers = 0, .seed = 5});
  std::vector<std::vector<float>> epochs;
  for (const std::uint64_t epoch : {1U, 2U, 1U}) {  // the second and third read the kept picture
    loader.start(epoch);
    const auto batch = loader.next();
    REQUIRE(batch);
    const float* p = batch->images.const_data_ptr<float>();
    epochs.emplace_back(p, p + batch->images.numel());
  }
  CHECK(epochs[0] == epochs[2]);
  CHECK(epochs[0] != epochs[1]);
  CHECK(std::count(epochs[1].begin(), epochs[1].end(), 0.0F) > 0);
}

TEST_CASE("test views", "[data][augment]") {
  const tuneit::io::Image in = test::gradient(120, 90, 30);
  const StepList usual = named_steps("imagenet");
  const tuneit::io::Image middle = view(data::imagenet_eval(28), in, 0);
  const data::Augment mirrored = data::test_augment(usual, TestViewKind::Mirror, 28);
  CHECK(mirrored.views() == 2);
  CHECK_FALSE(mirrored.random());
  CHECK_FALSE(mirrored.fixed());
  CHECK(view(mirrored, in, 0).rgb == middle.rgb);
  CHECK(view(mirrored, in, 1).rgb == data::mirror(middle).rgb);

  const data::Augment ten = data::test_augment(usual, TestViewKind::TenCrops, 28);
  CHECK(ten.views() == 10);
  CHECK(data::test_augment(usual, TestViewKind::FiveCrops, 28).views() == 5);
  const tuneit::io::Image larger = data::resize(in, data::resized({in.height, in.width}, 32));
  CHECK(view(ten, in, 4).rgb == middle.rgb);
  CHECK(view(ten, in, 0).rgb == data::crop(larger, {0, 0, 28, 28}).rgb);
  CHECK(view(ten, in, 3).rgb == data::crop(larger, {4, larger.width - 28, 28, 28}).rgb);
  CHECK(view(ten, in, 5).rgb == data::mirror(view(ten, in, 1)).rgb);
  CHECK(view(ten, in, 8).rgb == data::mirror(view(ten, in, 2)).rgb);
  CHECK_THROWS_AS(data::test_augment(named_steps("flips"), TestViewKind::FiveCrops, 28), Error);

  // A loader gives one view after the other.
  test::TempFolder folder;
  const std::vector<data::Sample> samples{{folder.write("a.png", test::encode_png(in)).string(), 0}};
  data::Loader loader(samples, mirrored, {.batch_size = 1, .workers = 0});
  CHECK(loader.views() == 2);
  std::vector<std::vector<float>> seen;
  for (std::uint64_t epoch = 0; epoch < 4; ++epoch) {
    loader.start(epoch);
    const auto batch = loader.next();
    REQUIRE(batch);
    const float* p = batch->images.const_data_ptr<float>();
    seen.emplace_back(p, p + batch->images.numel());
  }
  CHECK(seen[0] == seen[2]);
  CHECK(seen[1] == seen[3]);
  CHECK(seen[0] != seen[1]);
  std::vector<float> second(mirrored.floats());
  mirrored.normalize(data::mirror(middle), second.data());
  CHECK(seen[1] == second);
}

TEST_CASE("a sheet of samples has their pictures in rows", "[data][augment]") {
  test::TempFolder folder;
  std::vector<data::Sample> samples;
  for (int i = 0; i < 3; ++i)
    samples.push_back(
        {folder.write(std::to_string(i) + ".png", test::encode_png(test::gradient(60, 30, 40 * i))).string(), i});
  const data::Augment train = data::train_augment(named_steps("trivial"), 20);
  const data::Augment test = data::test_augment(named_steps("trivial"), TestViewKind::Mirror, 20);
  const tuneit::io::Image sheet = data::contact_sheet(samples, train, test, {.rows = 5, .versions = 2, .gap = 3});
  CHECK(sheet.height == 3 * 23 + 3);
  CHECK(sheet.width == (1 + 2 + 2) * 23 + 3);
  const auto at = [&](int x, int y) { return sheet.rgb[3 * static_cast<std::size_t>(y * sheet.width + x)]; };
  CHECK(at(0, 0) == 255);
  CHECK(at(5, 4) == 255);    // above a wide picture that was fitted in
  CHECK(at(12, 13) != 255);  // its middle
  // The third column is the second, mirrored.
  for (int x = 0; x < 20; ++x) CHECK(at(26 + x, 10) == at(49 + 19 - x, 10));
  CHECK_THROWS_AS(data::contact_sheet({}, train, test), Error);
}
