#pragma once
// From tensors to kernels: which of them our own kernels can work on, and in which number type.
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include "tuneit/engine/facts.hpp"
#include "tuneit/kernels/norm.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::detail {

/// Do our kernels, compiled for the number types N, fit this tensor? (What they do not fit goes through ATen.)
template <NumberSet N>
bool has_kernels(const at::Tensor& x) {
  const at::ScalarType t = x.scalar_type();
  return x.is_cpu() && kernels::has_vectors() &&
         (((N & single) != 0 && t == at::kFloat) || ((N & bfloat16) != 0 && t == at::kBFloat16) ||
          ((N & double_precision) != 0 && t == at::kDouble));
}

/// Calls f with a null pointer of the kernels' number type, one of N.
template <NumberSet N, class F>
void with_numbers(at::ScalarType type, const F& f) {
  if constexpr ((N & single) != 0)
    if (type == at::kFloat) return f(static_cast<float*>(nullptr));
  if constexpr ((N & bfloat16) != 0)
    if (type == at::kBFloat16) return f(static_cast<kernels::Bf16*>(nullptr));
  if constexpr ((N & double_precision) != 0)
    if (type == at::kDouble) return f(static_cast<double*>(nullptr));
  TORCH_CHECK(false, "tuneit: no kernels for this number type");
}

template <class T>
T* data(const at::Tensor& x) {
  return x.defined() ? static_cast<T*>(x.data_ptr()) : nullptr;
}

/// Pixels by channels of a channels-last tensor [N, C, H, W] (or [N, C]).
inline kernels::Extent extent(const at::Tensor& x, bool by_sample = false) {
  const std::int64_t channels = x.size(1), rows = x.numel() / channels;
  return by_sample ? kernels::Extent{rows / x.size(0), channels, x.size(0)} : kernels::Extent{rows, channels, 1};
}

inline at::Tensor channels_last(const at::Tensor& x) {
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x.contiguous();
}

/// The activation of an operation as a clamp.
template <class Activation>
inline constexpr kernels::Clamp clamp_of{};
template <>
inline constexpr kernels::Clamp clamp_of<ReLU>{0};
template <>
inline constexpr kernels::Clamp clamp_of<ReLU6>{0, 6};

}  // namespace tuneit::detail
