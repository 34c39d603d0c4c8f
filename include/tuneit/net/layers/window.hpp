#pragma once
// The window of a convolution or a pooling, and what comes out of sliding it.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// Padding that keeps ceil(size / stride), more of it at the right and bottom (TensorFlow's SAME, of the image's own
/// size).
inline constexpr int Same = -1;

/// The sliding window of a convolution or a pooling: square, in pixels.
struct Window {
  int kernel;
  int stride = 1;
  int padding = 0;
  int groups = 1;
};

namespace detail {

constexpr int slide(int size, Window w) {
  if (w.padding == Same) return (size + w.stride - 1) / w.stride;
  return (size + 2 * w.padding - w.kernel) / w.stride + 1;
}

/// What a window gives of so many channels; it fits where there is room for it at all.
constexpr Shape slid(Shape in, int channels, Window w) {
  const bool covers =
      w.padding == Same || (in.height + 2 * w.padding >= w.kernel && in.width + 2 * w.padding >= w.kernel);
  return {channels, slide(in.height, w), slide(in.width, w), in.fits && covers};
}

}  // namespace detail
}  // namespace tuneit
