#pragma once
// The window of a convolution or a pooling, and what comes out of sliding it.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// Padding that keeps ceil(size / stride), more of it at the right and bottom (TensorFlow's SAME, of the image's own
/// size).
inline constexpr int Same = -1;

/// A number for each direction; one number stands for both.
struct Sides {
  int height, width;
  constexpr Sides(int both) : height(both), width(both) {}
  constexpr Sides(int h, int w) : height(h), width(w) {}
  [[nodiscard]] constexpr bool equal() const { return height == width; }
  constexpr bool operator==(const Sides&) const = default;
};

/// The sliding window of a convolution or a pooling, in pixels: `Window{3, 2, 1}`, `Window{{1, 7}, 1, {0, 3}}`.
struct Window {
  Sides kernel;
  Sides stride = 1;
  Sides padding = 0;
  int groups = 1;
  Sides dilation = 1;

  /// Square and dense: what our own kernels are for.
  [[nodiscard]] constexpr bool is_plain() const {
    return kernel.equal() && stride.equal() && padding.equal() && dilation == 1;
  }
  /// The pixels that it covers, those between its taps counted.
  [[nodiscard]] constexpr Sides covers() const {
    return {dilation.height * (kernel.height - 1) + 1, dilation.width * (kernel.width - 1) + 1};
  }
};

namespace detail {

constexpr int slide(int size, int covers, int stride, int padding) {
  if (padding == Same) return (size + stride - 1) / stride;
  return (size + 2 * padding - covers) / stride + 1;
}
constexpr bool has_room(int size, int covers, int padding) { return padding == Same || size + 2 * padding >= covers; }

/// What a window gives of so many channels; it fits where there is room for it at all.
constexpr Shape slid(Shape in, int channels, Window w) {
  const Sides covers = w.covers();
  return {channels, slide(in.height(), covers.height, w.stride.height, w.padding.height),
          slide(in.width(), covers.width, w.stride.width, w.padding.width),
          in.fits && in.rank != 2 && has_room(in.height(), covers.height, w.padding.height) &&
              has_room(in.width(), covers.width, w.padding.width)};
}

/// The same of a layer that takes so many channels; one function for all of them, in programs that ask at run time.
[[gnu::noinline]] constexpr Shape convolved(Shape in, int taken, int channels, const Window& w) {
  return slid(in, channels, w).with_fit(in.channels() == taken);
}

}  // namespace detail
}  // namespace tuneit
