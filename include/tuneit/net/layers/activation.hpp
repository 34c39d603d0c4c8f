#pragma once
// Activations without tensors.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

namespace detail {

/// A clamp: in place, and kept for the way back.
constexpr SavedSizes saved_of_clamp(const Facts& f) { return {.output = f.need.x, .in_place = true}; }

}  // namespace detail

struct ReLU : LayerTag {
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return detail::saved_of_clamp(f); }
};

/// min(max(x, 0), 6).
struct ReLU6 : LayerTag {
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return detail::saved_of_clamp(f); }
};

}  // namespace tuneit
