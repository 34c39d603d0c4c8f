#pragma once
// What is an activation on tensors? A clamp, for our kernels and for ATen, forward and back.
#include <ATen/core/Tensor.h>

#include <type_traits>
#include <utility>

#include "tuneit/aten/layers.hpp"
#include "tuneit/kernels/activation.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::detail {

/// The activation of an operation as a clamp.
template <class Activation>
inline constexpr kernels::Clamp clamp_of{};
template <>
inline constexpr kernels::Clamp clamp_of<ReLU>{0};
template <>
inline constexpr kernels::Clamp clamp_of<ReLU6>{0, 6};

/// The same for kernels that are compiled for one activation.
template <class Activation>
inline constexpr kernels::Activation activation_of = std::is_same_v<Activation, ReLU>    ? kernels::Activation::ReLU
                                                     : std::is_same_v<Activation, ReLU6> ? kernels::Activation::ReLU6
                                                                                         : kernels::Activation::None;

/// clamp(y), in place, by ATen.
inline at::Tensor activate_(at::Tensor y, kernels::Clamp clamp) {
  if (clamp.high == 6) return aten::hardtanh_(y, 0, 6);
  return clamp.low == 0 ? aten::relu_(y) : y;
}
/// dy where the clamp let its result y pass.
inline at::Tensor activation_backward(const at::Tensor& dy, const at::Tensor& y, kernels::Clamp clamp) {
  if (clamp.high == 6) return aten::hardtanh_backward(dy, y, 0, 6);
  return clamp.low == 0 ? aten::threshold_backward(dy, y, 0) : dy;
}

}  // namespace tuneit::detail
