#pragma once
// LibTorch's operators that are layers, and their gradients; see make.hpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_adaptive_avg_pool2d_backward_ops.h>
#include <ATen/ops/_batch_norm_with_update_ops.h>
#include <ATen/ops/_fused_dropout_ops.h>
#include <ATen/ops/_masked_scale_ops.h>
#include <ATen/ops/adaptive_avg_pool2d_ops.h>
#include <ATen/ops/batch_norm_backward_ops.h>
#include <ATen/ops/batch_norm_ops.h>
#include <ATen/ops/constant_pad_nd_ops.h>
#include <ATen/ops/conv2d_ops.h>
#include <ATen/ops/convolution_backward_ops.h>
#include <ATen/ops/cudnn_convolution_add_relu_ops.h>
#include <ATen/ops/cudnn_convolution_relu_ops.h>
#include <ATen/ops/hardtanh_backward_ops.h>
#include <ATen/ops/hardtanh_ops.h>
#include <ATen/ops/linear_ops.h>
#include <ATen/ops/max_pool2d_ops.h>
#include <ATen/ops/max_pool2d_with_indices_backward_ops.h>
#include <ATen/ops/max_pool2d_with_indices_ops.h>
#include <ATen/ops/mm_ops.h>
#include <ATen/ops/native_batch_norm_backward_ops.h>
#include <ATen/ops/native_batch_norm_ops.h>
#include <ATen/ops/relu_ops.h>
#include <ATen/ops/threshold_backward_ops.h>

#include <array>
#include <optional>
#include <tuple>

namespace tuneit::aten {

using Maybe = std::optional<at::Tensor>;

inline at::Tensor relu(const at::Tensor& x) { return at::_ops::relu::call(x); }
inline at::Tensor& relu_(at::Tensor& x) { return at::_ops::relu_::call(x); }
inline at::Tensor threshold_backward(const at::Tensor& dy, const at::Tensor& x, const at::Scalar& threshold) {
  return at::_ops::threshold_backward::call(dy, x, threshold);
}
inline at::Tensor hardtanh(const at::Tensor& x, const at::Scalar& low, const at::Scalar& high) {
  return at::_ops::hardtanh::call(x, low, high);
}
inline at::Tensor& hardtanh_(at::Tensor& x, const at::Scalar& low, const at::Scalar& high) {
  return at::_ops::hardtanh_::call(x, low, high);
}
inline at::Tensor hardtanh_backward(const at::Tensor& dy, const at::Tensor& x, const at::Scalar& low,
                                    const at::Scalar& high) {
  return at::_ops::hardtanh_backward::call(dy, x, low, high);
}

/// The same where dy itself takes the result.
inline void threshold_backward_(at::Tensor& dy, const at::Tensor& x, const at::Scalar& threshold) {
  at::_ops::threshold_backward_grad_input::call(dy, x, threshold, dy);
}
inline void hardtanh_backward_(at::Tensor& dy, const at::Tensor& x, const at::Scalar& low, const at::Scalar& high) {
  at::_ops::hardtanh_backward_grad_input::call(dy, x, low, high, dy);
}

inline at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const Maybe& bias = {}) {
  return at::_ops::linear::call(x, weight, bias);
}
inline at::Tensor mm(const at::Tensor& a, const at::Tensor& b) { return at::_ops::mm::call(a, b); }

inline at::Tensor constant_pad_nd(const at::Tensor& x, at::IntArrayRef pad) {
  return at::_ops::constant_pad_nd::call(x, c10::fromIntArrayRefSlow(pad), 0);
}
/// With stride, padding and dilation for both sides (or [height, width]).
inline at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const Maybe& bias, at::IntArrayRef stride,
                         at::IntArrayRef padding, std::int64_t groups, at::IntArrayRef dilation = 1) {
  return at::_ops::conv2d::call(x, weight, bias, c10::fromIntArrayRefSlow(stride), c10::fromIntArrayRefSlow(padding),
                                c10::fromIntArrayRefSlow(dilation), groups);
}
/// Gradients of x, weight and bias of conv2d, those that `wanted` says.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> conv2d_backward(const at::Tensor& dy, const at::Tensor& x,
                                                                      const at::Tensor& weight, at::IntArrayRef stride,
                                                                      at::IntArrayRef padding, std::int64_t groups,
                                                                      std::array<bool, 3> wanted,
                                                                      at::IntArrayRef dilation = 1) {
  const std::int64_t channels = dy.size(1);
  return at::_ops::convolution_backward::call(dy, x, weight, c10::fromIntArrayRefSlow(channels),
                                              c10::fromIntArrayRefSlow(stride), c10::fromIntArrayRefSlow(padding),
                                              c10::fromIntArrayRefSlow(dilation), false,
                                              c10::fromIntArrayRefSlow({0, 0}), groups, wanted);
}

inline at::Tensor batch_norm(const at::Tensor& x, const Maybe& weight, const Maybe& bias, const Maybe& mean,
                             const Maybe& variance, bool training, double momentum, double eps) {
  return at::_ops::batch_norm::call(x, weight, bias, mean, variance, training, momentum, eps, true);
}
/// relu(conv2d(x) + add) in one kernel, of a GPU; add may be undefined.
inline at::Tensor cudnn_conv_relu(const at::Tensor& x, const at::Tensor& weight, const Maybe& bias,
                                  const at::Tensor& add, at::IntArrayRef stride, at::IntArrayRef padding,
                                  std::int64_t groups, at::IntArrayRef dilation) {
  const auto s = c10::fromIntArrayRefSlow(stride), p = c10::fromIntArrayRefSlow(padding),
             d = c10::fromIntArrayRefSlow(dilation);
  return add.defined() ? at::_ops::cudnn_convolution_add_relu::call(x, weight, add, 1, bias, s, p, d, groups)
                       : at::_ops::cudnn_convolution_relu::call(x, weight, bias, s, p, d, groups);
}

/// x with the share `keep` of its numbers, as much larger, and the mask in bytes: one kernel, of a GPU. And its
/// gradient.
inline std::tuple<at::Tensor, at::Tensor> fused_dropout(const at::Tensor& x, double keep, const at::Generator& g) {
  return at::_ops::_fused_dropout::call(x, keep, g);
}
inline at::Tensor masked_scale(const at::Tensor& dy, const at::Tensor& mask, double scale) {
  return at::_ops::_masked_scale::call(dy, mask, scale);
}

/// What the backward of a batch norm is handed by its forward.
struct NormStatistics {
  at::Tensor mean, scale;   ///< of the batch; scale: 1 / sqrt(variance + eps)
  at::Tensor reserve;       ///< cuDNN's own; undefined where it was not asked
  at::Tensor coefficients;  ///< of our own kernels on a device, [4, channels]; undefined where it was ATen
};

/// Batch norm that keeps. By the batch (`training`; mean and variance, which move, may be undefined) on a GPU LibTorch
/// chooses between cuDNN and its own kernels, as where autograd records it; else it is its own.
inline at::Tensor norm_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::Tensor mean,
                               at::Tensor variance, bool training, double momentum, double eps, NormStatistics& kept) {
  at::Tensor y;
  if (training && x.is_cuda())
    std::tie(y, kept.mean, kept.scale, kept.reserve) =
        at::_ops::_batch_norm_with_update::call(x, weight, bias, mean, variance, momentum, eps);
  else
    std::tie(y, kept.mean, kept.scale) =
        at::_ops::native_batch_norm::call(x, weight, bias, mean, variance, training, momentum, eps);
  return y;
}
/// Gradients of x, weight and bias, those that `wanted` says.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_backward(const at::Tensor& dy, const at::Tensor& x,
                                                                    const at::Tensor& weight, const at::Tensor& mean,
                                                                    const at::Tensor& variance,
                                                                    const NormStatistics& kept, bool training,
                                                                    double eps, std::array<bool, 3> wanted) {
  if (kept.reserve.defined())
    return at::_ops::batch_norm_backward::call(dy, x, weight, mean, variance, kept.mean, kept.scale, training, eps,
                                               wanted, kept.reserve);
  return at::_ops::native_batch_norm_backward::call(dy, x, weight, mean, variance, kept.mean, kept.scale, training, eps,
                                                    wanted);
}

inline at::Tensor max_pool2d(const at::Tensor& x, at::IntArrayRef kernel, at::IntArrayRef stride,
                             at::IntArrayRef padding, at::IntArrayRef dilation) {
  return at::_ops::max_pool2d::call(x, kernel, stride, padding, dilation, false);
}
inline std::tuple<at::Tensor, at::Tensor> max_pool2d_with_indices(const at::Tensor& x, at::IntArrayRef kernel,
                                                                  at::IntArrayRef stride, at::IntArrayRef padding,
                                                                  at::IntArrayRef dilation) {
  return at::_ops::max_pool2d_with_indices::call(x, kernel, stride, padding, dilation, false);
}
inline at::Tensor max_pool2d_with_indices_backward(const at::Tensor& dy, const at::Tensor& x, at::IntArrayRef kernel,
                                                   at::IntArrayRef stride, at::IntArrayRef padding,
                                                   at::IntArrayRef dilation, const at::Tensor& index) {
  return at::_ops::max_pool2d_with_indices_backward::call(dy, x, kernel, stride, padding, dilation, false, index);
}

inline at::Tensor adaptive_avg_pool2d(const at::Tensor& x, at::IntArrayRef size) {
  return at::_ops::adaptive_avg_pool2d::call(x, c10::fromIntArrayRefSlow(size));
}
inline at::Tensor adaptive_avg_pool2d_backward(const at::Tensor& dy, const at::Tensor& x) {
  return at::_ops::_adaptive_avg_pool2d_backward::call(dy, x);
}

}  // namespace tuneit::aten
