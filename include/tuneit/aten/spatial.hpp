#pragma once
// LibTorch's group norm, embedding, upsampling and transposed convolution, and their gradients; see make.hpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/convolution_backward_ops.h>
#include <ATen/ops/convolution_ops.h>
#include <ATen/ops/embedding_dense_backward_ops.h>
#include <ATen/ops/embedding_ops.h>
#include <ATen/ops/native_group_norm_backward_ops.h>
#include <ATen/ops/native_group_norm_ops.h>
#include <ATen/ops/upsample_bilinear2d_backward_ops.h>
#include <ATen/ops/upsample_bilinear2d_ops.h>
#include <ATen/ops/upsample_nearest2d_backward_ops.h>
#include <ATen/ops/upsample_nearest2d_ops.h>

#include <array>
#include <optional>
#include <tuple>

namespace tuneit::aten {

/// Returns y, mean and 1 / sqrt(variance + eps) of each group.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> native_group_norm(const at::Tensor& x, const at::Tensor& weight,
                                                                        const at::Tensor& bias, std::int64_t groups,
                                                                        double eps) {
  const std::int64_t n = x.size(0), c = x.size(1);
  return at::_ops::native_group_norm::call(x, weight, bias, n, c, x.numel() / (n * c), groups, eps);
}
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> native_group_norm_backward(
    const at::Tensor& dy, const at::Tensor& x, const at::Tensor& mean, const at::Tensor& scale,
    const at::Tensor& weight, std::int64_t groups, std::array<bool, 3> wanted) {
  const std::int64_t n = x.size(0), c = x.size(1);
  return at::_ops::native_group_norm_backward::call(dy, x, mean, scale, weight, n, c, x.numel() / (n * c), groups,
                                                    wanted);
}

/// padding: the row to which autograd gives no gradient.
inline at::Tensor embedding(const at::Tensor& weight, const at::Tensor& index, std::int64_t padding = -1) {
  return at::_ops::embedding::call(weight, index, padding, false, false);
}
inline at::Tensor embedding_backward(const at::Tensor& dy, const at::Tensor& index, std::int64_t rows,
                                     std::int64_t padding = -1) {
  return at::_ops::embedding_dense_backward::call(dy, index, rows, padding, false);
}

inline at::Tensor upsample(const at::Tensor& x, std::array<std::int64_t, 2> size, bool bilinear) {
  const auto to = c10::fromIntArrayRefSlow(size);
  return bilinear ? at::_ops::upsample_bilinear2d::call(x, to, false, std::nullopt, std::nullopt)
                  : at::_ops::upsample_nearest2d::call(x, to, std::nullopt, std::nullopt);
}
inline at::Tensor upsample_backward(const at::Tensor& dy, at::IntArrayRef of, bool bilinear) {
  const std::array<std::int64_t, 2> size{dy.size(2), dy.size(3)};
  const auto from = c10::fromIntArrayRefSlow(size), to = c10::fromIntArrayRefSlow(of);
  return bilinear ? at::_ops::upsample_bilinear2d_backward::call(dy, from, to, false, std::nullopt, std::nullopt)
                  : at::_ops::upsample_nearest2d_backward::call(dy, from, to, std::nullopt, std::nullopt);
}

/// A transposed convolution: strides, paddings and so on are [rows, columns].
struct Transposed {
  std::array<std::int64_t, 2> stride, padding, dilation, output_padding;
  std::int64_t groups;
};
inline at::Tensor conv_transpose2d(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                                   const Transposed& t) {
  return at::_ops::convolution::call(x, weight, bias, c10::fromIntArrayRefSlow(t.stride),
                                     c10::fromIntArrayRefSlow(t.padding), c10::fromIntArrayRefSlow(t.dilation), true,
                                     c10::fromIntArrayRefSlow(t.output_padding), t.groups);
}
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> conv_transpose2d_backward(const at::Tensor& dy,
                                                                                const at::Tensor& x,
                                                                                const at::Tensor& weight,
                                                                                const Transposed& t,
                                                                                std::array<bool, 3> wanted) {
  const std::int64_t channels = dy.size(1);
  return at::_ops::convolution_backward::call(dy, x, weight, c10::fromIntArrayRefSlow(channels),
                                              c10::fromIntArrayRefSlow(t.stride), c10::fromIntArrayRefSlow(t.padding),
                                              c10::fromIntArrayRefSlow(t.dilation), true,
                                              c10::fromIntArrayRefSlow(t.output_padding), t.groups, wanted);
}

}  // namespace tuneit::aten
