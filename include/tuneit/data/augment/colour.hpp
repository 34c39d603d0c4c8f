#pragma once
// Transforms that mix the channels of a pixel, or look at its neighbours: grey, contrast, saturation, hue, sharpness.
// Formulas and roundings are torchvision 0.29's on uint8 tensors (v2/functional/_color.py), step by step in single
// precision. No LibTorch.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tuneit/data/augment/tables.hpp"

namespace tuneit::data {
namespace detail {

/// The grey level of a pixel (ITU-R 601's weights), cut off to an integer 0 .. 254.
inline int grey_of(const std::uint8_t* p) {
  const float red_green = add_scaled(static_cast<float>(p[0]) * 0.2989F, static_cast<float>(p[1]), 0.587F);
  return static_cast<int>(add_scaled(red_green, static_cast<float>(p[2]), 0.114F));
}

/// A pixel's hue, turned; channels are in [0, 1]. The saturation and the highest channel (value) stay.
inline std::array<float, 3> turn_hue(float r, float g, float b, float by) {
  const float high = std::max(std::max(r, g), b), low = std::min(std::min(r, g), b), range = high - low;
  const bool grey = range == 0;
  const float divisor = grey ? 1.0F : range;
  const float rc = (high - r) / divisor, gc = (high - g) / divisor, bc = (high - b) / divisor;
  float h = high == r ? bc - gc : high == g ? (rc + 2.0F) - bc : (gc + 4.0F) - rc;
  h = h * static_cast<float>(1.0 / 6.0) + 1.0F;
  if (h >= 1.0F) h -= 1.0F;
  h += by;
  if (h >= 1.0F) h -= 1.0F;
  if (h < 0.0F) h += 1.0F;
  const float s = range / (grey ? 1.0F : high), six = h * 6.0F;
  const int sector = static_cast<int>(six);  // six is not negative
  const float f = six - static_cast<float>(sector), sf = s * f, pale = 1.0F - s;
  const auto unit = [](float x) { return std::clamp(x, 0.0F, 1.0F); };
  const float p = unit(pale * high), q = unit((1.0F - sf) * high), t = unit((sf + pale) * high);
  switch (sector) {
    case 1:
      return {q, high, p};
    case 2:
      return {p, high, t};
    case 3:
      return {p, q, high};
    case 4:
      return {t, p, high};
    case 5:
      return {high, p, q};
    default:  // 0, and 6: a hue that was rounded up to 1
      return {high, t, p};
  }
}

}  // namespace detail

/// All three channels become the grey level.
inline io::Image to_grey(io::Image in) {
  for (std::size_t i = 0; i < in.rgb.size(); i += 3) {
    const int grey = detail::grey_of(in.rgb.data() + i);
    std::fill_n(in.rgb.data() + i, 3, static_cast<std::uint8_t>(grey));
  }
  return in;
}

/// Towards the grey picture: 0 is grey, 1 the picture, more is more colourful. factor >= 0.
inline io::Image adjust_saturation(io::Image in, double factor) {
  std::array<float, 256> own{};
  std::array<double, 256> grey_part{};
  const auto ratio = static_cast<float>(factor), rest = static_cast<float>(1.0 - factor);
  for (std::size_t v = 0; v < 256; ++v) {
    own[v] = static_cast<float>(v) * ratio;
    grey_part[v] = static_cast<double>(v) * static_cast<double>(rest);
  }
  for (std::size_t i = 0; i < in.rgb.size(); i += 3) {
    std::uint8_t* p = in.rgb.data() + i;
    const double grey = grey_part[static_cast<std::size_t>(detail::grey_of(p))];
    for (std::size_t c = 0; c < 3; ++c)
      p[c] = detail::byte_of(static_cast<float>(static_cast<double>(own[p[c]]) + grey));
  }
  return in;
}

/// Towards the mean grey level of the picture: 0 is that grey, 1 the picture. factor >= 0.
inline io::Image adjust_contrast(io::Image in, double factor) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < in.rgb.size(); i += 3)
    sum += static_cast<std::uint64_t>(detail::grey_of(in.rgb.data() + i));
  const float mean = static_cast<float>(sum) / static_cast<float>(in.rgb.size() / 3);
  const auto ratio = static_cast<float>(factor), rest = static_cast<float>(1.0 - factor);
  return look_up(std::move(in), detail::table_of([&](std::uint8_t v) {
                   return detail::byte_of(detail::add_scaled(static_cast<float>(v) * ratio, mean, rest));
                 }));
}

/// Turns the hue by `turn` (-0.5 to 0.5) of the circle.
inline io::Image adjust_hue(io::Image in, double turn) {
  std::array<float, 256> unit{};
  for (std::size_t v = 0; v < 256; ++v) unit[v] = static_cast<float>(v) * static_cast<float>(1.0 / 255);
  const auto by = static_cast<float>(turn);
  for (std::size_t i = 0; i < in.rgb.size(); i += 3) {
    std::uint8_t* p = in.rgb.data() + i;
    const std::array<float, 3> turned = detail::turn_hue(unit[p[0]], unit[p[1]], unit[p[2]], by);
    for (std::size_t c = 0; c < 3; ++c)
      p[c] = static_cast<std::uint8_t>(turned[c] * static_cast<float>(255 + 1 - 1e-3));
  }
  return in;
}

/// Away from a smoothed picture (the mean of 3 x 3 pixels, of which the middle counts five times): 0 is the smoothed
/// one, 1 the picture, 2 twice as sharp. The outermost pixels stay. factor >= 0.
inline io::Image adjust_sharpness(io::Image in, double factor) {
  if (in.height <= 2 || in.width <= 2) return in;
  const auto row = 3 * static_cast<std::size_t>(in.width);
  const auto rest = static_cast<double>(static_cast<float>(1.0 - factor));
  const io::Pixels from = in.rgb;
  for (std::size_t y = 1; y + 1 < static_cast<std::size_t>(in.height); ++y)
    for (std::size_t x = 3; x + 3 < row; ++x) {
      const std::uint8_t* at = from.data() + y * row + x;
      const auto across = [](const std::uint8_t* p) { return p[-3] + p[0] + p[3]; };
      const int sum = across(at - row) + across(at) + across(at + row) + 4 * *at;
      const int smooth = (2 * sum + 13) / 26;  // sum / 13 rounded; thirteenths never lie between two integers
      in.rgb[y * row + x] = detail::byte_of(static_cast<float>(static_cast<double>(*at) + (smooth - *at) * rest));
    }
  return in;
}

}  // namespace tuneit::data
