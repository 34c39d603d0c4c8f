#pragma once
// LibTorch's smooth activations and their gradients, and its layer norm; see make.hpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/gelu_backward_ops.h>
#include <ATen/ops/gelu_ops.h>
#include <ATen/ops/native_layer_norm_backward_ops.h>
#include <ATen/ops/native_layer_norm_ops.h>
#include <ATen/ops/sigmoid_backward_ops.h>
#include <ATen/ops/sigmoid_ops.h>
#include <ATen/ops/silu_backward_ops.h>
#include <ATen/ops/silu_ops.h>
#include <ATen/ops/tanh_backward_ops.h>
#include <ATen/ops/tanh_ops.h>

#include <array>
#include <tuple>

namespace tuneit::aten {

inline at::Tensor sigmoid(const at::Tensor& x) { return at::_ops::sigmoid::call(x); }
inline at::Tensor& sigmoid_(at::Tensor& x) { return at::_ops::sigmoid_::call(x); }
inline at::Tensor sigmoid_backward(const at::Tensor& dy, const at::Tensor& y) {
  return at::_ops::sigmoid_backward::call(dy, y);
}
inline at::Tensor tanh(const at::Tensor& x) { return at::_ops::tanh::call(x); }
inline at::Tensor& tanh_(at::Tensor& x) { return at::_ops::tanh_::call(x); }
inline at::Tensor tanh_backward(const at::Tensor& dy, const at::Tensor& y) {
  return at::_ops::tanh_backward::call(dy, y);
}
inline at::Tensor silu(const at::Tensor& x) { return at::_ops::silu::call(x); }
inline at::Tensor silu_backward(const at::Tensor& dy, const at::Tensor& x) {
  return at::_ops::silu_backward::call(dy, x);
}
/// approximate: "none" or "tanh".
inline at::Tensor gelu(const at::Tensor& x, c10::string_view approximate) {
  return at::_ops::gelu::call(x, approximate);
}
inline at::Tensor gelu_backward(const at::Tensor& dy, const at::Tensor& x, c10::string_view approximate) {
  return at::_ops::gelu_backward::call(dy, x, approximate);
}

/// Over the last dimension. Returns y, mean and 1 / sqrt(variance + eps).
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> native_layer_norm(const at::Tensor& x, const at::Tensor& weight,
                                                                        const at::Tensor& bias, double eps) {
  return at::_ops::native_layer_norm::call(x, c10::fromIntArrayRefSlow(weight.sizes()), weight, bias, eps);
}
/// Gradients of x, weight and bias, those that `wanted` says.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> native_layer_norm_backward(
    const at::Tensor& dy, const at::Tensor& x, const at::Tensor& mean, const at::Tensor& scale,
    const at::Tensor& weight, const at::Tensor& bias, std::array<bool, 3> wanted) {
  return at::_ops::native_layer_norm_backward::call(dy, x, c10::fromIntArrayRefSlow(weight.sizes()), mean, scale,
                                                    weight, bias, wanted);
}

}  // namespace tuneit::aten
