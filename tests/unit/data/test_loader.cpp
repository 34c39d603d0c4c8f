// Are batches the same for any number of workers, complete, and is a bad picture named?
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <tuneit/data/batches/loader.hpp>

#include <catch2/catch.hpp>

#include "more_picture_files.hpp"
#include "picture_files.hpp"

namespace {

using namespace tuneit;
using data::Loader;
using data::LoaderOptions;

/// Eleven pictures of three formats and sizes.
std::vector<data::Sample> make_samples(const test::TempFolder& folder, int count = 11) {
  std::vector<data::Sample> out;
  for (int i = 0; i < count; ++i) {
    const io::Image picture = test::gradient(40 + i, 50 - i, 20 * i);
    const std::string name = std::to_string(i);
    out.push_back({folder
                       .write(name, i % 3 == 0   ? test::encode_png(picture)
                                    : i % 3 == 1 ? test::encode_jpeg(picture)
                                                 : test::encode_webp(picture))
                       .string(),
                   i % 4});
  }
  return out;
}

/// Everything an epoch gives, in order.
struct Epoch {
  std::vector<float> pixels;
  std::vector<std::int64_t> labels;
  std::vector<std::size_t> index, sizes;
  friend bool operator==(const Epoch&, const Epoch&) = default;
};
Epoch read(Loader& loader, std::uint64_t epoch) {
  Epoch out;
  loader.start(epoch);
  while (const auto batch = loader.next()) {
    REQUIRE(batch->images.is_contiguous(at::MemoryFormat::ChannelsLast));
    REQUIRE(batch->images.scalar_type() == at::kFloat);
    REQUIRE(batch->images.sizes() == at::IntArrayRef({batch->labels.size(0), 3, 16, 16}));
    REQUIRE_FALSE(batch->images.is_inference());
    const auto* pixels = batch->images.const_data_ptr<float>();
    out.pixels.insert(out.pixels.end(), pixels, pixels + batch->images.numel());
    const auto* labels = batch->labels.const_data_ptr<std::int64_t>();
    out.labels.insert(out.labels.end(), labels, labels + batch->labels.numel());
    out.index.insert(out.index.end(), batch->index.begin(), batch->index.end());
    out.sizes.push_back(batch->index.size());
  }
  return out;
}

}  // namespace

TEST_CASE("pixels and order do not depend on workers, prefetching or the cache", "[data][loader]") {
  const test::TempFolder folder;
  const auto samples = make_samples(folder);
  for (const bool random : {true, false}) {
    const data::Augment augment = random ? data::imagenet_train(16) : data::imagenet_eval(16);
    const auto options = [](unsigned workers, std::size_t ahead, std::size_t cache) {
      LoaderOptions out;
      out.batch_size = 4;
      out.workers = workers;
      out.prefetch_batches = ahead;
      out.cache_bytes = cache;
      out.shuffle = true;
      out.seed = 5;
      return out;
    };
    Loader reference(samples, augment, options(0, 1, 0));
    const Epoch first = read(reference, 0), second = read(reference, 1);
    CHECK(first.index != second.index);
    for (const unsigned workers : {0U, 1U, 2U, 4U})
      for (const std::size_t ahead : {1U, 8U})
        for (const std::size_t cache : {0U, 20'000U, 10'000'000U}) {
          Loader loader(samples, augment, options(workers, ahead, cache));
          CHECK((read(loader, 0) == first));
          CHECK((read(loader, 1) == second));
          CHECK((read(loader, 0) == first));
        }
  }
}

TEST_CASE("scaled decoding is close to exact, and the same with and without a cache", "[data][loader]") {
  const test::TempFolder folder;
  std::vector<data::Sample> samples;
  for (int i = 0; i < 4; ++i)
    samples.push_back(
        {folder.write(std::to_string(i), test::encode_jpeg(test::gradient(300, 260, 60 * i))).string(), 0});
  for (const data::Augment& augment :
       {data::imagenet_train(16), data::imagenet_eval(16), data::flips(16), data::whole_picture(16)}) {
    const auto epoch = [&](bool scaled, std::size_t cache) {
      LoaderOptions options;
      options.scaled_decoding = scaled;
      options.cache_bytes = cache;
      Loader loader(samples, augment, options);
      const Epoch first = read(loader, 0);
      Epoch out = read(loader, 1);
      CHECK((out == first) == !augment.random());
      return out;
    };
    const Epoch exact = epoch(false, 0), scaled = epoch(true, 0);
    CHECK((epoch(true, 10'000'000) == scaled));
    CHECK(scaled.pixels != exact.pixels);  // something was scaled at all
    float largest = 0;
    for (std::size_t i = 0; i < exact.pixels.size(); ++i)
      largest = std::max(largest, std::abs(exact.pixels[i] - scaled.pixels[i]));
    CHECK(largest < 0.2F);  // 12 levels of 255
  }
}

TEST_CASE("every sample comes once, with its label, the short batch last", "[data][loader]") {
  const test::TempFolder folder;
  const auto samples = make_samples(folder);
  LoaderOptions options;
  options.batch_size = 4;
  Loader loader(samples, data::imagenet_eval(16), options);
  CHECK_FALSE(loader.next());  // not started
  const Epoch epoch = read(loader, 0);
  CHECK(epoch.sizes == std::vector<std::size_t>{4, 4, 3});
  CHECK(loader.batches() == 3);
  CHECK(loader.samples() == 11);
  CHECK(loader.wait_seconds() > 0.0);
  for (std::size_t i = 0; i < 11; ++i) {
    CHECK(epoch.index[i] == i);
    CHECK(epoch.labels[i] == samples[i].label);
  }
  CHECK_FALSE(loader.next());

  options.drop_last = true;
  Loader whole(samples, data::imagenet_eval(16), options);
  CHECK(read(whole, 0).sizes == std::vector<std::size_t>{4, 4});
  CHECK(whole.batches() == 2);
  options.batch_size = 12;
  Loader nothing(samples, data::imagenet_eval(16), options);
  CHECK(read(nothing, 0).sizes.empty());
}

TEST_CASE("pixels are in channels-last order", "[data][loader]") {
  const test::TempFolder folder;
  const io::Image picture = test::gradient(16, 16, 77);
  Loader loader({{folder.write("a.png", test::encode_png(picture)).string(), 0}},
                data::whole_picture(16, {{0, 0, 0}, {1, 1, 1}}), {});
  loader.start(0);
  const auto batch = loader.next();
  REQUIRE(batch);
  for (std::int64_t y : {0, 3, 15})
    for (std::int64_t x : {0, 5, 15})
      for (std::int64_t c : {0, 1, 2})
        CHECK(batch->images.select(0, 0).select(0, c).select(0, y).select(0, x).item<float>() * 255.0F ==
              Approx(picture.rgb[static_cast<std::size_t>(3 * (16 * y + x) + c)]));
}

TEST_CASE("a bad picture is named and the loader can start again", "[data][loader]") {
  const test::TempFolder folder;
  auto samples = make_samples(folder);
  samples.push_back({folder.write("broken.jpg", "\xff\xd8\xff nothing").string(), 0});
  for (const unsigned workers : {0U, 3U}) {
    LoaderOptions options;
    options.batch_size = 4;
    options.workers = workers;
    Loader loader(samples, data::imagenet_eval(16), options);
    for (int round = 0; round < 2; ++round) {
      loader.start(0);
      CHECK(loader.next());
      CHECK(loader.next());
      try {
        loader.next();
        FAIL("the broken picture went through");
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Data);
        CHECK(std::string(error.what()).find("broken.jpg") != std::string::npos);
      }
    }
  }
  samples.back().path = (folder.path() / "vanished.png").string();
  Loader loader(samples, data::imagenet_eval(16), {});
  loader.start(0);
  CHECK_THROWS_WITH(loader.next(), Catch::Contains("vanished.png"));

  // A transform's complaint names the file too.
  Loader narrow({{folder.write("n.png", test::encode_png(test::gradient(1, 900))).string(), 0}},
                data::imagenet_eval(224), {});
  narrow.start(0);
  CHECK_THROWS_WITH(narrow.next(), Catch::Contains("n.png"));
}

TEST_CASE("what is to be known of pictures is found in the first epoch, the same for any number of workers",
          "[data][loader]") {
  const test::TempFolder folder;
  auto samples = make_samples(folder);
  const io::Image flat{40, 40, io::Pixels(4800, 60)};
  io::Image half = flat;  // many of its parts are flat, all of it is not
  std::fill(half.rgb.begin() + 4650, half.rgb.end(), std::uint8_t{200});
  samples[2].path = folder.write("flat.png", test::encode_png(flat)).string();
  samples[5].path = folder.write("flat.webp", test::encode_webp(flat)).string();
  samples[8].path = folder.write("half.png", test::encode_png(half)).string();
  samples[9].path = folder.write("none.png", "no picture").string();
  const io::Image other = test::gradient(40, 40);
  samples[1].path = folder.write("frames.gif", test::encode_gif({other, other, other})).string();
  std::vector<std::uint16_t> deep;
  for (int i = 0; i < 1600; ++i) deep.push_back(static_cast<std::uint16_t>(i * 2));
  samples[3].path = folder.write("deep.pgm", test::encode_pgm16(40, 40, deep)).string();
  const std::vector<std::string> expected{samples[2].path, samples[5].path}, frames{samples[1].path};
  for (const unsigned workers : {0U, 1U, 4U})
    for (const std::size_t cache : {std::size_t{0}, std::size_t{1} << 20U}) {
      LoaderOptions options;
      options.batch_size = 4;
      options.workers = workers;
      options.skip_at_most = 1;
      options.cache_bytes = cache;  // 0: parts are decoded
      Loader loader(samples, data::imagenet_train(16), options);
      CHECK(loader.findings().constant.empty());
      for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
        read(loader, epoch);
        CHECK(loader.findings().constant == expected);
        CHECK(loader.findings().of_several == frames);
        CHECK(loader.findings().further == 2);
        CHECK(loader.findings().scaled.size() == 1);
        CHECK(loader.findings().scaled.begin()->second == 1);
      }
    }
}

TEST_CASE("bad pictures are left out, counted and listed, the same for any number of workers", "[data][loader]") {
  const test::TempFolder folder;
  auto samples = make_samples(folder);
  const std::string jpeg = folder.write("cut.jpg", "\xff\xd8\xff nothing").string();
  samples[2].path = jpeg;
  samples[7].path = (folder.path() / "vanished.png").string();
  const auto options = [](unsigned workers, std::size_t at_most, std::size_t batch) {
    LoaderOptions out;
    out.batch_size = batch;
    out.workers = workers;
    out.prefetch_batches = 8;
    out.shuffle = true;
    out.seed = 5;
    out.skip_at_most = at_most;
    return out;
  };
  for (const std::size_t batch : {4U, 1U}) {
    Loader reference(samples, data::imagenet_train(16), options(0, 2, batch));
    const Epoch first = read(reference, 0), second = read(reference, 1);
    const auto without_bad = [&](std::uint64_t epoch) {
      std::vector<std::size_t> index, sizes;
      const auto order = reference.order(epoch);
      for (std::size_t begin = 0; begin < order.size(); begin += batch) {
        const std::size_t before = index.size();
        for (std::size_t i = begin; i < std::min(begin + batch, order.size()); ++i)
          if (order[i] != 2 && order[i] != 7) index.push_back(order[i]);
        if (index.size() > before) sizes.push_back(index.size() - before);
      }
      return std::pair(index, sizes);
    };
    CHECK(first.index == without_bad(0).first);
    CHECK(first.sizes == without_bad(0).second);  // the others stay in their batches; an empty batch is none
    CHECK(second.index == without_bad(1).first);
    for (std::size_t i = 0; i < first.index.size(); ++i) CHECK(first.labels[i] == samples[first.index[i]].label);

    // Pixels are those of a loader that never heard of bad pictures.
    Loader good(samples, data::imagenet_train(16), options(0, 0, batch));
    good.start(0, first.index);
    std::vector<float> pixels;
    while (const auto one = good.next())
      pixels.insert(pixels.end(), one->images.const_data_ptr<float>(),
                    one->images.const_data_ptr<float>() + one->images.numel());
    CHECK(pixels == first.pixels);

    REQUIRE(reference.skipped().size() == 2);  // different pictures, not failures
    CHECK(reference.left_out() == 2);          // of the epoch, which says that it has as many more
    for (const Loader::Skipped& skipped : reference.skipped()) {
      CHECK((skipped.path == samples[2].path || skipped.path == samples[7].path));
      CHECK_THAT(skipped.reason,
                 Catch::Contains(skipped.path == jpeg ? "damaged or unsupported JPEG" : "does not exist"));
    }
    for (const unsigned workers : {1U, 4U}) {
      Loader loader(samples, data::imagenet_train(16), options(workers, 2, batch));
      CHECK((read(loader, 0) == first));
      CHECK((read(loader, 1) == second));
      REQUIRE(loader.skipped().size() == 2);
      for (std::size_t i = 0; i < 2; ++i) CHECK(loader.skipped()[i].path == reference.skipped()[i].path);
    }
  }

  // One more than allowed throws, after the same batches for any number of workers.
  std::vector<std::size_t> given;
  for (const unsigned workers : {0U, 1U, 2U, 4U}) {
    Loader loader(samples, data::imagenet_train(16), options(workers, 1, 2));
    loader.start(0);
    std::size_t batches = 0;
    try {
      while (loader.next()) ++batches;
      FAIL("two bad pictures went through");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Data);
      CHECK_THAT(error.what(), (Catch::Contains("More than 1 pictures") && Catch::Contains("Cannot use the picture")) ||
                                   Catch::Contains("does not exist"));
    }
    CHECK(loader.skipped().size() == 2);
    given.push_back(batches);
  }
  CHECK(given == std::vector<std::size_t>(4, given.front()));
}

TEST_CASE("left or started again in mid-epoch, nothing hangs", "[data][loader]") {
  const test::TempFolder folder;
  const auto samples = make_samples(folder);
  LoaderOptions options;
  options.batch_size = 2;
  options.workers = 3;
  Loader loader(samples, data::imagenet_train(16), options);
  for (std::uint64_t epoch = 0; epoch < 30; ++epoch) {
    loader.start(epoch);
    for (std::uint64_t i = 0; i < epoch % 7; ++i) loader.next();
  }
  for (int i = 0; i < 20; ++i) {
    Loader brief(samples, data::imagenet_train(16), options);
    brief.start(0);
  }
  SUCCEED("joined");
}

TEST_CASE("impossible options are refused", "[data][loader]") {
  LoaderOptions options;
  options.batch_size = 0;
  CHECK_THROWS_AS(Loader({{"a", 0}}, data::imagenet_eval(16), options), Error);
  CHECK_THROWS_AS(Loader({}, data::imagenet_eval(16), {}), Error);
}

TEST_CASE("workers keep LibTorch to one thread and leave the trainer's setting alone", "[data][loader]") {
  const int before = at::get_num_threads();
  int inside = 0;
  std::thread([&] {
    data::detail::one_torch_thread();
    inside = at::get_num_threads();
  }).join();
  CHECK(inside == 1);
  CHECK(at::get_num_threads() == before);
  int later = 0;
  std::thread([&] { later = at::get_num_threads(); }).join();
  CHECK(later == before);
}

TEST_CASE("with views the pixels come again, the order does not", "[data][loader]") {
  const test::TempFolder folder;
  const auto samples = make_samples(folder);
  const LoaderOptions options{.batch_size = 4, .workers = 1, .shuffle = true, .seed = 3, .views = 2};
  Loader loader(samples, data::imagenet_train(16), options);
  CHECK(loader.views() == 2);
  CHECK(loader.view(5) == 1);
  // the pixels of each sample, by its position in the list
  const auto by_sample = [&](const Epoch& epoch) {
    std::vector<float> out(epoch.pixels.size());
    const std::size_t floats = epoch.pixels.size() / epoch.index.size();
    for (std::size_t i = 0; i < epoch.index.size(); ++i)
      std::copy_n(epoch.pixels.data() + i * floats, floats, out.data() + epoch.index[i] * floats);
    return out;
  };
  const Epoch first = read(loader, 1), second = read(loader, 2), third = read(loader, 3);
  CHECK(first.index == loader.order(1));
  CHECK(first.index != third.index);
  CHECK(by_sample(first) == by_sample(third));
  CHECK(by_sample(first) != by_sample(second));
  loader.set_views(0);
  CHECK(loader.view(5) == 5);
  CHECK(read(loader, 1) == first);
  CHECK(by_sample(read(loader, 3)) != by_sample(first));

  Loader still(samples, data::imagenet_eval(16), options);
  CHECK(still.views() == 1);  // nothing is drawn: all epochs see the same

  loader.start(1, {7, 2, 7});
  const auto batch = loader.next();
  REQUIRE(batch);
  CHECK(batch->index == std::vector<std::size_t>{7, 2, 7});
  CHECK_FALSE(loader.next());
}

TEST_CASE("targets are rows of numbers, whoever asks for them", "[data][loader]") {
  const test::TempFolder folder;
  auto samples = make_samples(folder, 7);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i].targets = {static_cast<float>(i), -1.5F};
  LoaderOptions options;
  options.batch_size = 3;
  options.shuffle = true;
  Loader loader(samples, data::imagenet_eval(16), options);
  loader.start(0);
  std::size_t seen = 0;
  while (const auto batch = loader.next()) {
    REQUIRE(batch->labels.scalar_type() == at::kFloat);
    REQUIRE(batch->labels.sizes() == at::IntArrayRef({batch->images.size(0), 2}));
    const auto* row = batch->labels.const_data_ptr<float>();
    for (const std::size_t at : batch->index) {
      CHECK(row[0] == static_cast<float>(at));
      CHECK(row[1] == -1.5F);
      row += 2;
      ++seen;
    }
    CHECK(loader.labels(batch->index).equal(batch->labels));
  }
  CHECK(seen == 7);
  samples[3].targets.pop_back();
  CHECK_THROWS_AS(Loader(samples, data::imagenet_eval(16), options), Error);
}

TEST_CASE("a sample drawn twice in an epoch is augmented twice", "[data][loader]") {
  const test::TempFolder folder;
  auto samples = make_samples(folder, 2);
  samples[0].weight = 1e6;
  LoaderOptions options;
  options.batch_size = 2;
  options.sampling = data::Sampling::Weighted;
  Loader loader(samples, data::imagenet_train(16), options);
  const Epoch first = read(loader, 0);
  REQUIRE(first.index == std::vector<std::size_t>{0, 0});
  const std::size_t half = first.pixels.size() / 2;
  CHECK(std::vector(first.pixels.begin(), first.pixels.begin() + static_cast<std::ptrdiff_t>(half)) !=
        std::vector(first.pixels.begin() + static_cast<std::ptrdiff_t>(half), first.pixels.end()));
  CHECK((read(loader, 0) == first));
  CHECK_FALSE((read(loader, 1) == first));
  loader.set_views(3);  // its versions are fixed then
  const Epoch fixed = read(loader, 0);
  CHECK(std::vector(fixed.pixels.begin(), fixed.pixels.begin() + static_cast<std::ptrdiff_t>(half)) ==
        std::vector(fixed.pixels.begin() + static_cast<std::ptrdiff_t>(half), fixed.pixels.end()));
}
