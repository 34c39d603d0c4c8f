#pragma once
// Transforms that map each value of a channel to another one: a table of 256 bytes, then one look-up a byte. Formulas,
// and their roundings, are those of torchvision 0.29 on uint8 tensors (v2/functional/_color.py). No LibTorch.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tuneit/io/image/image_types.hpp"

namespace tuneit::data {

using Table = std::array<std::uint8_t, 256>;

namespace detail {

/// Float to byte as torch's clamp_(0, 255).to(uint8): cut off, not rounded.
inline std::uint8_t byte_of(float x) { return static_cast<std::uint8_t>(std::clamp(x, 0.0F, 255.0F)); }

/// a + b * scale in single precision, rounded once, as torch's add with alpha (a fused multiply-add). Exact in double
/// precision: products of 24 bits have 48.
inline float add_scaled(float a, float b, float scale) {
  return static_cast<float>(static_cast<double>(a) + static_cast<double>(b) * static_cast<double>(scale));
}

template <class F>
Table table_of(const F& f) {
  Table t{};
  for (std::size_t v = 0; v < 256; ++v) t[v] = f(static_cast<std::uint8_t>(v));
  return t;
}

/// How often each value occurs in each channel.
using Histogram = std::array<std::array<std::uint32_t, 256>, 3>;
inline Histogram histogram(const io::Image& in) {
  Histogram h{};
  for (std::size_t i = 0; i < in.rgb.size(); i += 3)
    for (std::size_t c = 0; c < 3; ++c) ++h[c][in.rgb[i + c]];
  return h;
}

}  // namespace detail

/// Every byte by one table.
inline io::Image look_up(io::Image in, const Table& table) {
  for (std::uint8_t& byte : in.rgb) byte = table[byte];
  return in;
}

/// Each channel by a table of its own.
inline io::Image look_up(io::Image in, const std::array<Table, 3>& tables) {
  for (std::size_t i = 0; i < in.rgb.size(); i += 3)
    for (std::size_t c = 0; c < 3; ++c) in.rgb[i + c] = tables[c][in.rgb[i + c]];
  return in;
}

/// Times `factor` (>= 0): 0 is black, 1 the picture.
inline io::Image adjust_brightness(io::Image in, double factor) {
  const auto f = static_cast<float>(factor);
  return look_up(std::move(in), detail::table_of([f](std::uint8_t v) { return detail::byte_of(f * v); }));
}

/// Keeps the `bits` (0 to 8) highest bits of each value.
inline io::Image posterize(io::Image in, int bits) {
  if (bits >= 8) return in;
  const auto mask = static_cast<std::uint8_t>(0xFFU << static_cast<unsigned>(8 - bits));
  return look_up(std::move(in), detail::table_of([mask](std::uint8_t v) -> std::uint8_t { return v & mask; }));
}

/// Values from `threshold` (0 to 255) on become 255 - value.
inline io::Image solarize(io::Image in, double threshold) {
  const auto from = static_cast<float>(threshold);
  return look_up(std::move(in), detail::table_of([from](std::uint8_t v) -> std::uint8_t {
                   return static_cast<std::uint8_t>(static_cast<float>(v) >= from ? 255 - v : v);
                 }));
}

/// 255 - value.
inline io::Image invert(io::Image in) {
  for (std::uint8_t& byte : in.rgb) byte = static_cast<std::uint8_t>(255 - byte);
  return in;
}

/// Each channel is stretched to 0 .. 255; a channel of one value stays.
inline io::Image autocontrast(io::Image in) {
  const detail::Histogram h = detail::histogram(in);
  std::array<Table, 3> tables;
  for (std::size_t c = 0; c < 3; ++c) {
    std::size_t low = 0, high = 255;
    while (low < 255 && h[c][low] == 0) ++low;
    while (high > 0 && h[c][high] == 0) --high;
    const bool flat = low >= high;
    const auto from = flat ? 0.0F : static_cast<float>(low);
    const float range = flat ? 1.0F : static_cast<float>(high - low) * static_cast<float>(1.0 / 255);
    tables[c] =
        detail::table_of([&](std::uint8_t v) { return detail::byte_of((static_cast<float>(v) - from) / range); });
  }
  return look_up(std::move(in), tables);
}

/// The histogram of each channel becomes about flat (Pillow's ImageOps.equalize); a channel with too few values stays.
inline io::Image equalize(io::Image in) {
  const detail::Histogram h = detail::histogram(in);
  const auto pixels = static_cast<std::uint32_t>(in.rgb.size() / 3);
  std::array<Table, 3> tables;
  for (std::size_t c = 0; c < 3; ++c) {
    std::size_t high = 255;
    while (high > 0 && h[c][high] == 0) --high;
    const std::uint32_t step = (pixels - h[c][high]) / 255;
    std::uint32_t before = step / 2;
    for (std::size_t v = 0; v < 256; ++v) {
      tables[c][v] = static_cast<std::uint8_t>(step == 0 ? static_cast<std::uint32_t>(v)
                                               : v == 0  ? 0
                                                         : std::min(before / step, 255U));
      before += h[c][v];
    }
  }
  return look_up(std::move(in), tables);
}

}  // namespace tuneit::data
