// Do the transforms do what their names say, alone and composed? (Against torchvision: tests/parity.)
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <tuneit/data/augment/augment.hpp>

#include <catch2/catch.hpp>

#include "picture_files.hpp"

namespace {

using namespace tuneit;

/// The same number for every draw.
struct Fixed {
  double value = 0.0;
  double uniform(double low, double high) { return low + (high - low) * value; }
  std::uint64_t below(std::uint64_t n) { return static_cast<std::uint64_t>(value * static_cast<double>(n)); }
};

std::uint8_t red(const tuneit::io::Image& picture, int y, int x) {
  return picture.rgb[3 * static_cast<std::size_t>(y * picture.width + x)];
}

}  // namespace

TEST_CASE("flips mirror, and twice is nothing", "[data][transforms]") {
  Fixed yes{0.0}, no{0.5};
  for (const auto& [width, height] : {std::pair{5, 4}, {4, 5}, {1, 1}}) {
    const tuneit::io::Image picture = test::gradient(width, height);
    const data::RandomHorizontalFlip horizontal;
    const data::RandomVerticalFlip vertical;
    CHECK(horizontal(picture, no).rgb == picture.rgb);  // 0.5 is not below 0.5
    CHECK(vertical(picture, no).rgb == picture.rgb);
    const tuneit::io::Image mirrored = horizontal(picture, yes), turned = vertical(picture, yes);
    CHECK(red(mirrored, 0, 0) == red(picture, 0, width - 1));
    CHECK(turned.rgb[1] == picture.rgb[3 * static_cast<std::size_t>(width * (height - 1)) + 1]);
    CHECK(horizontal(mirrored, yes).rgb == picture.rgb);
    CHECK(vertical(turned, yes).rgb == picture.rgb);
  }
}

TEST_CASE("crops and resizes have the sizes they promise", "[data][transforms]") {
  Fixed draws{0.4};
  for (const auto& [width, height] : {std::pair{50, 37}, {1, 9}, {9, 1}, {1, 1}, {32, 32}, {31, 33}}) {
    const tuneit::io::Image picture = test::gradient(width, height, 9);
    CHECK(data::CenterCrop{32}(picture, draws).rgb.size() == 32 * 32 * 3);
    CHECK(data::RandomResizedCrop{32}(picture, draws).rgb.size() == 32 * 32 * 3);
    const tuneit::io::Image exact = data::ResizeExact{8, 12}(picture, draws);
    CHECK(exact.height == 8);
    CHECK(exact.width == 12);
    CHECK(exact.rgb.size() == 8 * 12 * 3);
    CHECK(exact.rgb[2] == 9);  // a flat channel stays flat, also where a side of one pixel hides the layout
    CHECK(exact.rgb.back() == 9);
    CHECK(data::Resize{16}(picture, draws).rgb.size() >= 16 * 16 * 3);
  }
  const tuneit::io::Image small{2, 1, {10, 10, 10, 20, 20, 20}};
  const tuneit::io::Image padded = data::CenterCrop{4}(small, draws);
  CHECK(red(padded, 1, 1) == 10);
  CHECK(red(padded, 1, 2) == 20);
  CHECK(red(padded, 0, 1) == 0);
  CHECK(red(padded, 1, 0) == 0);
}

TEST_CASE("resizing keeps flat pictures flat and sides on their side", "[data][transforms]") {
  const tuneit::io::Image picture = test::gradient(90, 60);
  const tuneit::io::Image small = data::resize(picture, {20, 30});
  CHECK(red(small, 10, 0) < red(small, 10, 29));
  CHECK(small.rgb[1] < small.rgb[3 * (30 * 19) + 1]);
  CHECK(data::resize(picture, {60, 90}).rgb == picture.rgb);
}

TEST_CASE("policies compose, and a user's own is one of them", "[data][transforms]") {
  struct Negative {
    tuneit::io::Image operator()(tuneit::io::Image in, data::Draws&) const {
      for (auto& byte : in.rgb) byte = static_cast<std::uint8_t>(255 - byte);
      return in;
    }
  };
  const data::Compose pipeline(data::ResizeExact{6, 6}, Negative{}, data::RandomHorizontalFlip{0.0});
  data::Draws draws(0, 0, 0);
  const tuneit::io::Image picture = test::gradient(6, 6, 40);
  const tuneit::io::Image out = pipeline(picture, draws);
  CHECK(out.rgb[2] == 215);
  const data::Augment augment(6, false, pipeline);
  CHECK(augment.transform(picture, draws).rgb == out.rgb);
  CHECK_THROWS_AS(data::Augment(7, false, pipeline).transform(picture, draws), Error);
}

TEST_CASE("normalising is (x / 255 - mean) / std, channel by channel", "[data][transforms]") {
  const data::Augment augment = data::whole_picture(4);
  const tuneit::io::Image picture = test::gradient(4, 4, 200);
  std::vector<float> out(augment.floats());
  data::Draws draws(0, 0, 0);
  augment(picture, draws, out.data());
  const double mean[3] = {0.485, 0.456, 0.406}, deviation[3] = {0.229, 0.224, 0.225};
  for (std::size_t i = 0; i < out.size(); ++i)
    CHECK(std::abs(out[i] - (picture.rgb[i] / 255.0 - mean[i % 3]) / deviation[i % 3]) < 1e-6);
  const data::Augment plain = data::whole_picture(4, {{0, 0, 0}, {1, 1, 1}});
  plain(picture, draws, out.data());
  CHECK(out[2] == Approx(200.0 / 255.0));
}

TEST_CASE("the recipes by name", "[data][transforms]") {
  const tuneit::io::Image picture = test::gradient(100, 80);
  for (const auto& [augment, random] : {std::pair{data::imagenet_train(32), true},
                                        {data::imagenet_eval(32), false},
                                        {data::no_augment(32), false},
                                        {data::flips(32), true},
                                        {data::whole_picture(32), false}}) {
    CHECK(augment.random() == random);
    CHECK(augment.size() == 32);
    std::vector<io::Pixels> seen;
    for (std::uint64_t epoch = 0; epoch < 12; ++epoch) {
      data::Draws draws(0, epoch, 3), again(0, epoch, 3);
      seen.push_back(augment.transform(picture, draws).rgb);
      CHECK(seen.back() == augment.transform(picture, again).rgb);
    }
    const bool same = std::all_of(seen.begin(), seen.end(), [&](const auto& rgb) { return rgb == seen[0]; });
    CHECK(same == !random);
  }
}
