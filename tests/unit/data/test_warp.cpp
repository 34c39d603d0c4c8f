// Do rotations and affine maps obey their laws? (Pixel by pixel against torchvision: tests/parity/test_augment.cpp.)
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <tuneit/data/augment/crop.hpp>
#include <tuneit/data/augment/warp.hpp>

#include <catch2/catch.hpp>

#include "fixed_draws.hpp"

namespace {

using namespace tuneit;
using data::Interpolation;
using test::Fixed;

tuneit::io::Image numbered(int width, int height) {
  tuneit::io::Image out{width, height, {}};
  for (int i = 0; i < 3 * width * height; ++i) out.rgb.push_back(static_cast<std::uint8_t>(1 + i % 251));
  return out;
}
std::array<std::uint8_t, 3> pixel(const tuneit::io::Image& p, int x, int y) {
  std::array<std::uint8_t, 3> out{};
  std::copy_n(p.rgb.data() + 3 * static_cast<std::size_t>(y * p.width + x), 3, out.data());
  return out;
}

}  // namespace

TEST_CASE("quarter turns are exact, and four of them are none", "[data][warp]") {
  const tuneit::io::Image square = numbered(7, 7), wide = numbered(9, 4);
  const tuneit::io::Image turned = data::rotate(square, 90);
  CHECK(pixel(turned, 0, 6) == pixel(square, 0, 0));  // against the clock
  CHECK(pixel(turned, 0, 0) == pixel(square, 6, 0));
  CHECK(data::rotate(data::rotate(turned, 90), 180).rgb == square.rgb);
  CHECK(data::rotate(turned, 270).rgb == square.rgb);
  CHECK(data::rotate(turned, -90).rgb == square.rgb);
  CHECK(data::rotate(wide, 360).rgb == wide.rgb);
  CHECK(data::rotate(wide, -180).rgb == data::turn_over(data::mirror(wide)).rgb);
  // The general way comes to the same pixels, in both samplings.
  for (const Interpolation s : {Interpolation::Nearest, Interpolation::Bilinear}) {
    CHECK(data::affine(square, {.angle = -90}, s).rgb == turned.rgb);
    CHECK(data::affine(wide, {.angle = 180}, s).rgb == data::rotate(wide, 180).rgb);
    CHECK(data::affine(wide, {}, s).rgb == wide.rgb);
  }
}

TEST_CASE("moves shift pixels, and the fill comes in from outside", "[data][warp]") {
  const tuneit::io::Image in = numbered(8, 5);
  const std::array<std::uint8_t, 3> black{0, 0, 0}, colour{9, 8, 7};
  for (const Interpolation s : {Interpolation::Nearest, Interpolation::Bilinear}) {
    const tuneit::io::Image out = data::affine(in, {.move_x = 2, .move_y = -1}, s, std::array{9.0F, 8.0F, 7.0F});
    CHECK(pixel(out, 2, 0) == pixel(in, 0, 1));
    CHECK(pixel(out, 7, 3) == pixel(in, 5, 4));
    CHECK(pixel(out, 1, 0) == colour);
    CHECK(pixel(out, 7, 4) == colour);
    CHECK(pixel(data::affine(in, {.move_x = 2}, s), 0, 0) == black);
    CHECK(pixel(data::affine(in, {.move_x = 1e9}, s), 4, 2) == black);
  }
  const tuneit::io::Image twice = data::affine(in, {.scale = 2});
  CHECK(pixel(twice, 4, 2) == pixel(in, 4, 2));
  CHECK(pixel(data::affine(in, {.scale = 1e-9}), 0, 0) == black);
}

TEST_CASE("random maps draw what they have", "[data][warp]") {
  const tuneit::io::Image in = numbered(8, 8);
  Fixed middle{0.5};
  CHECK(data::RandomRotation{-30, 30}(in, middle).rgb == in.rgb);
  CHECK(middle.count == 1);
  data::RandomAffine map{30};
  CHECK(map(in, middle).rgb == in.rgb);
  CHECK(middle.count == 2);
  map.translate = {0.2, 0.2};
  map.scale = {0.5, 1.5};
  map.shear = {-10, 10, -10, 10};
  CHECK(map(in, middle).rgb == in.rgb);
  CHECK(middle.count == 2 + 6);
  map.shears_down = false;
  map(in, middle);
  CHECK(middle.count == 8 + 5);
}

TEST_CASE("corner crops are the corners, and pictures must be large enough", "[data][warp]") {
  const tuneit::io::Image in = numbered(6, 5);
  Fixed none{};
  const int lefts[] = {0, 2, 0, 2, 1}, tops[] = {0, 0, 1, 1, 0};
  for (int which = 0; which < 5; ++which) {
    const tuneit::io::Image out = data::CornerCrop{4, which}(in, none);
    CHECK(out.rgb == data::crop(in, {tops[which], lefts[which], 4, 4}).rgb);
  }
  CHECK_THROWS_AS((data::CornerCrop{6, 0}(in, none)), Error);
  CHECK(none.count == 0);
}
