#pragma once
// Rotations and affine maps of a picture: torchvision 0.29's on uint8 tensors (v2/functional/_geometry.py and
// LibTorch's grid_sample), with the roundings that they have on a CPU with AVX2, so that the same pixels are chosen. No
// LibTorch.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>
#include <vector>

#include "tuneit/data/augment/flip.hpp"
#include "tuneit/data/augment/geometry.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::data {

enum class Interpolation : std::uint8_t { Nearest, Bilinear };

/// The colour of what comes from outside of the picture, 0 to 255. Nothing: black, as it is with torchvision's fill =
/// None; that differs from a black fill in bilinear pixels at the border, which a fill fades out twice.
using Fill = std::optional<std::array<float, 3>>;

/// A map around `centre` (x, y in pixels from the middle of the picture): shears, scales, turns, then moves. Angles in
/// degrees, moves in pixels.
struct AffineMap {
  double angle = 0, move_x = 0, move_y = 0, scale = 1, shear_x = 0, shear_y = 0;
  double centre_x = 0, centre_y = 0;
};

namespace detail {

/// From a pixel of the output to its place in the input, both from the middle: x' = m0 x + m1 y + m2, y' likewise
/// (the inverse of R(angle) S(scale) SHy SHx around the centre; the formula is in _get_inverse_affine_matrix).
inline std::array<double, 6> inverse_matrix(const AffineMap& map) {
  const auto radians = [](double degrees) { return degrees * (std::numbers::pi / 180.0); };
  const double turn = radians(map.angle), sx = radians(map.shear_x), sy = radians(map.shear_y);
  const double a = std::cos(turn - sy) / std::cos(sy), c = std::sin(turn - sy) / std::cos(sy), tan_sx = std::tan(sx);
  const double b = -(a * tan_sx + std::sin(turn)), d = std::cos(turn) - c * tan_sx;
  std::array<double, 6> m{d / map.scale, -b / map.scale, 0.0, -c / map.scale, a / map.scale, 0.0};
  const double x = map.centre_x + map.move_x, y = map.centre_y + map.move_y;
  m[2] += map.centre_x - m[0] * x - m[1] * y;
  m[5] += map.centre_y - m[3] * x - m[4] * y;
  return m;
}

/// One coordinate of the place in the input, in pixels, for each pixel of the output: torch multiplies the matrix in
/// units of half a side and goes back to pixels in grid_sample.
class Coordinate {
 public:
  Coordinate(double by_x, double by_y, double constant, int side)
      : half_(0.5F * static_cast<float>(side)),
        by_x_(static_cast<float>(by_x) / half_),
        by_y_(static_cast<float>(by_y) / half_),
        constant_(static_cast<float>(constant) / half_),
        least_(-2.0F),
        most_(static_cast<float>(side) + 1.0F) {}

  /// Farther out than a pixel is as good as one pixel out: no integer overflows, whatever the map.
  [[nodiscard]] float at(float x, float y) const {
    const float unit = (x * by_x_ + y * by_y_) + constant_;
    const float place = static_cast<float>(static_cast<double>(unit + 1.0F) * static_cast<double>(half_) - 0.5);
    return std::clamp(place, least_, most_);
  }

 private:
  float half_, by_x_, by_y_, constant_, least_, most_;
};

/// To the nearest integer, halves to the even one. |x| < 2^22.
inline int nearest(float x) { return static_cast<int>((x + 12582912.0F) - 12582912.0F); }
inline int floor_of(float x) {
  const int cut = static_cast<int>(x);
  return cut - (static_cast<float>(cut) > x ? 1 : 0);
}

struct PixelReader {
  const io::Image& in;
  [[nodiscard]] const std::uint8_t* at(int x, int y) const {
    if (x < 0 || y < 0 || x >= in.width || y >= in.height) return nullptr;
    return in.rgb.data() +
           3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(in.width) + static_cast<std::size_t>(x));
  }
};

/// a * b + c, rounded once.
inline float fused(float a, float b, float c) {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c));
}

inline void write_bilinear(const PixelReader& from, float x, float y, const Fill& fill, std::uint8_t* out) {
  const int left = floor_of(x), top = floor_of(y);
  const float w = x - static_cast<float>(left), e = 1.0F - w, n = y - static_cast<float>(top), s = 1.0F - n;
  const std::array<float, 4> share{e * s, w * s, e * n, w * n};
  const std::array<const std::uint8_t*, 4> pixel{from.at(left, top), from.at(left + 1, top), from.at(left, top + 1),
                                                 from.at(left + 1, top + 1)};
  const auto sum = [&](const auto& value) {
    float total = value(pixel[0]) * share[0];
    for (std::size_t i = 1; i < 4; ++i) total = fused(value(pixel[i]), share[i], total);
    return total;
  };
  const float inside = fill ? sum([](const std::uint8_t* p) { return p == nullptr ? 0.0F : 1.0F; }) : 1.0F;
  for (std::size_t c = 0; c < 3; ++c) {
    float v = sum([c](const std::uint8_t* p) { return p == nullptr ? 0.0F : static_cast<float>(p[c]); });
    if (fill) v = (v - (*fill)[c]) * inside + (*fill)[c];
    out[c] = static_cast<std::uint8_t>(nearest(std::clamp(v, 0.0F, 255.0F)));
  }
}

}  // namespace detail

/// The picture under the map, of the same size.
inline io::Image affine(const io::Image& in, const AffineMap& map, Interpolation sampling = Interpolation::Nearest,
                        const Fill& fill = {}) {
  const std::array<double, 6> m = detail::inverse_matrix(map);
  const detail::Coordinate across(m[0], m[1], m[2], in.width), down(m[3], m[4], m[5], in.height);
  const detail::PixelReader from{in};
  std::array<std::uint8_t, 3> outside{};
  for (std::size_t c = 0; fill && c < 3; ++c)
    outside[c] = static_cast<std::uint8_t>(detail::nearest(std::clamp((*fill)[c], 0.0F, 255.0F)));
  io::Image out = io::blank_image(in.height, in.width);
  std::uint8_t* to = out.rgb.data();
  for (int row = 0; row < in.height; ++row) {
    const float y = static_cast<float>(row) + static_cast<float>(1 - in.height) * 0.5F;
    for (int column = 0; column < in.width; ++column, to += 3) {
      const float x = static_cast<float>(column) + static_cast<float>(1 - in.width) * 0.5F;
      const float place_x = across.at(x, y), place_y = down.at(x, y);
      if (sampling == Interpolation::Bilinear) {
        detail::write_bilinear(from, place_x, place_y, fill, to);
      } else {
        const std::uint8_t* p = from.at(detail::nearest(place_x), detail::nearest(place_y));
        std::copy_n(p == nullptr ? outside.data() : p, 3, to);
      }
    }
  }
  return out;
}

/// Turned by `angle` degrees against the clock around the middle, of the same size. Quarter turns of square pictures,
/// and half turns, are exact.
inline io::Image rotate(const io::Image& in, double angle, Interpolation sampling = Interpolation::Nearest,
                        const Fill& fill = {}) {
  angle = std::fmod(angle, 360.0);
  if (angle < 0) angle += 360.0;
  if (angle == 0) return in;
  if (angle == 180) return turn_over(mirror(in));
  if (in.width == in.height && (angle == 90 || angle == 270)) {
    io::Image out = in;
    const auto side = static_cast<std::size_t>(in.width);
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x)
        std::copy_n(in.rgb.data() + 3 * (angle == 90 ? x * side + side - 1 - y : (side - 1 - x) * side + y), 3,
                    out.rgb.data() + 3 * (y * side + x));
    return out;
  }
  return affine(in, {.angle = -angle}, sampling, fill);
}

/// Turned by an angle from [low, high] degrees, against the clock.
struct RandomRotation {
  double low = -10, high = 10;
  Interpolation sampling = Interpolation::Nearest;
  Fill fill = std::array{0.0F, 0.0F, 0.0F};
  template <DrawSource S>
  io::Image operator()(const io::Image& in, S& draws) const {
    return rotate(in, draws.uniform(low, high), sampling, fill);
  }
};

/// Turned by [-degrees, degrees] clockwise, moved by at most `translate` (x, y: shares of width and height), scaled by
/// a factor from `scale`, sheared by [x low, x high, y low, y high] degrees. What is absent draws nothing. torchvision
/// draws no vertical shear where it is given two numbers, or one: `shears_down` false.
struct RandomAffine {
  double degrees = 0;
  std::optional<std::array<double, 2>> translate{}, scale{};
  std::optional<std::array<double, 4>> shear{};
  bool shears_down = true;
  Interpolation sampling = Interpolation::Nearest;
  Fill fill = std::array{0.0F, 0.0F, 0.0F};
  template <DrawSource S>
  io::Image operator()(const io::Image& in, S& draws) const {
    AffineMap map;
    map.angle = draws.uniform(-degrees, degrees);
    if (translate) {
      const double x = (*translate)[0] * in.width, y = (*translate)[1] * in.height;
      map.move_x = python_round(draws.uniform(-x, x));
      map.move_y = python_round(draws.uniform(-y, y));
    }
    if (scale) map.scale = draws.uniform((*scale)[0], (*scale)[1]);
    if (shear) map.shear_x = draws.uniform((*shear)[0], (*shear)[1]);
    if (shear && shears_down) map.shear_y = draws.uniform((*shear)[2], (*shear)[3]);
    return affine(in, map, sampling, fill);
  }
};

}  // namespace tuneit::data
