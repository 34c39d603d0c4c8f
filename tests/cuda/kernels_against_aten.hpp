#pragma once
// What the tests of our CUDA kernels share: tensors of their number types, and how near "within one rounding" is.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "cuda/own_kernels.hpp"

namespace on_host {

namespace k = tuneit::kernels::cuda;

template <class T>
inline constexpr at::ScalarType type_of = at::kFloat;
template <>
inline constexpr at::ScalarType type_of<double> = at::kDouble;
template <>
inline constexpr at::ScalarType type_of<k::Bf16> = at::kBFloat16;
template <>
inline constexpr at::ScalarType type_of<k::Half> = at::kHalf;

/// The type in which kernels of T compute, and in which weights are.
template <class T>
inline constexpr at::ScalarType wide_of = std::is_same_v<T, double> ? at::kDouble : at::kFloat;

/// The largest relative error of one rounding to T, and of some float sums behind it.
template <class T>
inline constexpr double rounding = std::is_same_v<T, double>    ? 1e-12
                                   : std::is_same_v<T, k::Bf16> ? 0.00391
                                   : std::is_same_v<T, k::Half> ? 0.00049
                                                                : 4e-6;

/// Largest |got - wanted| / (|wanted| + part of the largest).
inline double error(const at::Tensor& got, const at::Tensor& wanted) {
  const at::Tensor w = wanted.to(at::kDouble), g = got.to(at::kDouble).reshape(w.sizes());
  return (g - w).abs().div(w.abs() + w.abs().max() * 0.05 + 1e-30).max().item<double>();
}

template <class T>
at::Tensor random(at::IntArrayRef sizes, double scale = 1, double about = 0) {
  const at::Tensor x = (at::randn(sizes, at::kDouble) * scale + about).to(type_of<T>);
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
}

inline constexpr unsigned shapes[] = {1, 3, 7};  ///< parts: how many blocks share the rows

}  // namespace on_host
