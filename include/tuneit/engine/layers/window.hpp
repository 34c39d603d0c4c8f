#pragma once
// Where do the windows of a convolution or pool lie on the picture at hand?
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "tuneit/kernels/conv/depthwise_rows.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::detail {

/// Padding of a picture, in pixels.
struct Margins {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  [[nodiscard]] bool even() const { return top == bottom && left == right; }
};

/// Both sides as LibTorch takes them.
inline std::array<std::int64_t, 2> sizes(Sides s) { return {s.height, s.width}; }

/// SAME keeps ceil(size / stride); the odd pixel goes right and down.
inline Margins margins(const at::Tensor& x, Window w) {
  if (w.padding != Same) return {w.padding.height, w.padding.height, w.padding.width, w.padding.width};
  const auto missing = [&](std::int64_t size, std::int64_t stride, std::int64_t covers) {
    const std::int64_t out = (size + stride - 1) / stride, pad = (out - 1) * stride + covers - size;
    return pad > 0 ? pad : 0;
  };
  const Sides covers = w.covers();
  const std::int64_t h = missing(x.size(2), w.stride.height, covers.height),
                     v = missing(x.size(3), w.stride.width, covers.width);
  return {h / 2, h - h / 2, v / 2, v - v / 2};
}

/// The same for kernels, which take sizes and margins together, of a plain window: x is [N, C, H, W].
inline kernels::Depthwise window_geometry(const at::Tensor& x, Window w) {
  const Margins m = margins(x, w);
  const auto size = [&](std::int64_t in, std::int64_t pad) {
    return static_cast<int>((in + pad - w.kernel.height) / w.stride.height + 1);
  };
  const auto i = [](std::int64_t n) { return static_cast<int>(n); };
  return {x.size(0),
          i(x.size(2)),
          i(x.size(3)),
          i(x.size(1)),
          size(x.size(2), m.top + m.bottom),
          size(x.size(3), m.left + m.right),
          w.kernel.height,
          w.stride.height,
          i(m.top),
          i(m.left)};
}

}  // namespace tuneit::detail
