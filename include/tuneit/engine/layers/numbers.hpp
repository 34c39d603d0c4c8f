#pragma once
// From tensors to kernels: which of them our own kernels can work on, and in which number type; and numbers per channel
// in double precision, from tensors and back.
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/kernels/norm/wide_rows.hpp"
#include "tuneit/recipe/assemble/facts.hpp"

namespace tuneit::detail {

/// Do our kernels, compiled for the number types N, fit this tensor? (What they do not fit goes through ATen.)
template <DTypeSet N>
bool has_kernels(const at::Tensor& x) {
  const at::ScalarType t = x.scalar_type();
  return x.is_cpu() && kernels::has_vectors() &&
         (((N & single) != 0 && t == at::kFloat) || ((N & bfloat16) != 0 && t == at::kBFloat16) ||
          ((N & double_precision) != 0 && t == at::kDouble));
}

/// Calls f with a null pointer of the kernels' number type, one of N.
template <DTypeSet N, class F>
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

/// A number type that the tensor has already is not asked of ATen: a small network counts every call.
inline at::Tensor in_numbers(const at::Tensor& t, at::ScalarType type) {
  return t.scalar_type() == type ? t : t.to(type);
}

/// Numbers per channel in the type in which the kernels of T compute.
template <class T>
std::vector<kernels::Compute<T>> converted(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

/// The numbers of a tensor, single or double precision.
inline std::vector<double> doubles(const at::Tensor& t) {
  std::vector<double> out(static_cast<std::size_t>(t.numel()));
  if (t.scalar_type() == at::kDouble)
    std::copy_n(t.const_data_ptr<double>(), out.size(), out.data());
  else
    std::copy_n(t.const_data_ptr<float>(), out.size(), out.data());
  return out;
}

/// And back, rounded where it has single precision.
inline void store(const at::Tensor& t, const std::vector<double>& values) {
  if (t.scalar_type() == at::kDouble)
    std::copy(values.begin(), values.end(), t.mutable_data_ptr<double>());
  else
    std::transform(values.begin(), values.end(), t.mutable_data_ptr<float>(),
                   [](double v) { return static_cast<float>(v); });
}

/// Factors [N] (float) in the shape and number type in which they multiply `like`, [N, C, H, W].
inline at::Tensor by_sample(const at::Tensor& factors, const at::Tensor& like) {
  return factors.view({-1, 1, 1, 1}).to(like.scalar_type());
}

}  // namespace tuneit::detail
