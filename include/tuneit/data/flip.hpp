#pragma once
// How is a picture mirrored and turned over? No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tuneit/data/geometry.hpp"
#include "tuneit/io/picture_types.hpp"

namespace tuneit::data {

/// Left becomes right.
inline io::Picture mirror(io::Picture in) {
  const auto width = static_cast<std::size_t>(in.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(in.height); ++y) {
    std::uint8_t* row = in.rgb.data() + 3 * width * y;
    for (std::size_t a = 0, b = width - 1; a < b; ++a, --b) std::swap_ranges(row + 3 * a, row + 3 * a + 3, row + 3 * b);
  }
  return in;
}

/// Top becomes bottom.
inline io::Picture turn_over(io::Picture in) {
  const auto row = 3 * static_cast<std::size_t>(in.width);
  for (std::size_t a = 0, b = static_cast<std::size_t>(in.height) - 1; a < b; ++a, --b)
    std::swap_ranges(in.rgb.data() + row * a, in.rgb.data() + row * (a + 1), in.rgb.data() + row * b);
  return in;
}

/// Mirrors left and right with probability p.
struct RandomHorizontalFlip {
  double p = 0.5;
  template <DrawSource S>
  io::Picture operator()(io::Picture in, S& draws) const {
    return draws.uniform(0.0, 1.0) < p ? mirror(std::move(in)) : in;
  }
};

/// Turns upside down (mirrored) with probability p.
struct RandomVerticalFlip {
  double p = 0.5;
  template <DrawSource S>
  io::Picture operator()(io::Picture in, S& draws) const {
    return draws.uniform(0.0, 1.0) < p ? turn_over(std::move(in)) : in;
  }
};

}  // namespace tuneit::data
