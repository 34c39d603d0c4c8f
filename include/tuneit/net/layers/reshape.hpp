#pragma once
// What changes the shape alone, or nothing.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// [N, C, H, W] -> [N, C H W], channels outermost whatever the memory format.
struct Flatten : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels() * in.height() * in.width()).with_fit(in.fits); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  /// Images are channels-last, so that more than one pixel is copied.
  static constexpr SavedSizes saved(Shape in, Shape, const Facts&) { return {.passes = in.is_flat()}; }
};

struct Identity : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {.passes = true}; }
};

}  // namespace tuneit
