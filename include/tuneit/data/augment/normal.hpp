#pragma once
// Normal random numbers from a source of draws. No LibTorch.
#include <cmath>
#include <cstddef>
#include <numbers>

#include "tuneit/data/augment/geometry.hpp"

namespace tuneit::data {

/// Calls give(x) `count` times, x normal with mean 0 and deviation 1: pairs made of two uniform draws (Box, Muller: A
/// note on the generation of random normal deviates. Ann. Math. Statist. 29, 1958). A source that has normal() of its
/// own, as the recording in a test, is asked for each.
template <DrawSource S, class Give>
void draw_normal(S& draws, std::size_t count, const Give& give) {
  if constexpr (requires { draws.normal(); }) {
    for (std::size_t i = 0; i < count; ++i) give(static_cast<float>(draws.normal()));
  } else {
    for (std::size_t i = 0; i < count; i += 2) {
      const double radius = std::sqrt(-2 * std::log1p(-draws.uniform(0.0, 1.0)));
      const double angle = 2 * std::numbers::pi * draws.uniform(0.0, 1.0);
      give(static_cast<float>(radius * std::cos(angle)));
      if (i + 1 < count) give(static_cast<float>(radius * std::sin(angle)));
    }
  }
}

}  // namespace tuneit::data
