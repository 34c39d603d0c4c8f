#pragma once
// How is a picture mirrored and turned over? No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "tuneit/data/augment/geometry.hpp"
#include "tuneit/io/image/image_types.hpp"
#include "tuneit/io/image/vectors.hpp"

namespace tuneit::data {

namespace detail {

/// Five pixels and a byte.
using SixteenBytes __attribute__((vector_size(16))) = std::uint8_t;

/// Pixels of `from` in reverse order to `row`. `from` can be read, but is not used, up to 16 bytes behind its end.
[[gnu::always_inline]] inline void reverse_pixels(const std::uint8_t* from, std::size_t width, std::uint8_t* row) {
  std::size_t x = 0;
  for (; x + 6 <= width; x += 5) {  // the byte too many is written over by the next five
    SixteenBytes five;
    std::memcpy(&five, from + 3 * (width - 5 - x), 16);
    five = __builtin_shufflevector(five, five, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 15);
    std::memcpy(row + 3 * x, &five, 16);
  }
  for (; x < width; ++x) std::memcpy(row + 3 * x, from + 3 * (width - 1 - x), 3);
}

#if defined(TUNEIT_AVX2)
TUNEIT_AVX2 inline void reverse_pixels_avx2(const std::uint8_t* from, std::size_t width, std::uint8_t* row) {
  reverse_pixels(from, width, row);
}
#endif

}  // namespace detail

/// Left becomes right.
inline io::Image mirror(io::Image in) {
  const auto width = static_cast<std::size_t>(in.width);
  io::Pixels before(3 * width + 16);
  for (std::size_t y = 0; y < static_cast<std::size_t>(in.height); ++y) {
    std::uint8_t* row = in.rgb.data() + 3 * width * y;
    std::memcpy(before.data(), row, 3 * width);
#if defined(TUNEIT_AVX2)
    if (io::detail::has_avx2()) {
      detail::reverse_pixels_avx2(before.data(), width, row);
      continue;
    }
#endif
    detail::reverse_pixels(before.data(), width, row);
  }
  return in;
}

/// Top becomes bottom.
inline io::Image turn_over(io::Image in) {
  const auto row = 3 * static_cast<std::size_t>(in.width);
  for (std::size_t a = 0, b = static_cast<std::size_t>(in.height) - 1; a < b; ++a, --b)
    std::swap_ranges(in.rgb.data() + row * a, in.rgb.data() + row * (a + 1), in.rgb.data() + row * b);
  return in;
}

/// Mirrors left and right with probability p.
struct RandomHorizontalFlip {
  double p = 0.5;
  template <DrawSource S>
  io::Image operator()(io::Image in, S& draws) const {
    return draws.uniform(0.0, 1.0) < p ? mirror(std::move(in)) : in;
  }
};

/// Turns upside down (mirrored) with probability p.
struct RandomVerticalFlip {
  double p = 0.5;
  template <DrawSource S>
  io::Image operator()(io::Image in, S& draws) const {
    return draws.uniform(0.0, 1.0) < p ? turn_over(std::move(in)) : in;
  }
};

}  // namespace tuneit::data
