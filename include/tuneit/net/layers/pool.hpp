#pragma once
// Pooling.
#include "tuneit/net/layers/window.hpp"
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// Maximum over windows; padding is minus infinity.
template <Window W>
struct MaxPool2d : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return detail::slid(in, in.channels(), W); }
  static constexpr Cost cost(Shape, Shape out) { return {0, 3 * out.numel()}; }
  /// Where the maxima were: a byte each.
  static constexpr SavedSizes saved(Shape, Shape out, const Facts& f) { return {.bytes = f.need.x ? f.count(out) : 0}; }
};

/// Mean over H and W: [N, C, H, W] -> [N, C].
struct GlobalAvgPool : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.fits && in.rank != 2); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {}; }
};

/// Maximum and mean over H and W, one after the other: [N, C, H, W] -> [N, 2 C] (fastai's AdaptiveConcatPool2d(1)).
struct GlobalConcatPool : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(2 * in.channels()).with_fit(in.fits && in.rank != 2); }
  static constexpr Cost cost(Shape in, Shape out) { return {0, in.numel() + out.numel()}; }
};

/// Mean over the cells of a fixed grid, whatever the size of the picture: [N, C, H, W] -> [N, C, Height, Width]. Cell i
/// of n begins at floor(i H / n) and ends at ceil((i + 1) H / n), so cells may overlap (torch's rule).
template <int Height, int Width = Height>
struct AdaptiveAvgPool2d : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return {in.channels(), Height, Width, in.fits && Height > 0 && Width > 0}; }
  static constexpr Cost cost(Shape in, Shape out) { return {0, in == out ? 0 : out.numel()}; }
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    if (in.height() == Height && in.width() == Width) return {.passes = true};  // every pixel is a cell
    return {.input = f.need.x};
  }
};

}  // namespace tuneit
