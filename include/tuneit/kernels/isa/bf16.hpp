#pragma once
// The number types that kernels read and write, and the type in which they compute.
#include <bit>
#include <cstdint>
#include <type_traits>

namespace tuneit::kernels {

/// bfloat16 as stored: the upper half of a float. Layout of c10::BFloat16.
struct Bf16 {
  std::uint16_t bits;
};

/// Kernels compute in single precision, or in double for double data.
template <class T>
using Compute = std::conditional_t<std::is_same_v<T, double>, double, float>;

[[gnu::always_inline]] inline double widen(double x) { return x; }
[[gnu::always_inline]] inline float widen(float x) { return x; }
[[gnu::always_inline]] inline float widen(Bf16 x) { return std::bit_cast<float>(std::uint32_t{x.bits} << 16); }

/// To the nearest, ties to even; NaN stays NaN.
template <class T>
[[gnu::always_inline]] inline T narrow(Compute<T> x) {
  if constexpr (std::is_same_v<T, Bf16>) {
    const auto u = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t rounded = (u + 0x7fffu + (u >> 16 & 1u)) >> 16, nan = u >> 16 | 0x40u;
    return {static_cast<std::uint16_t>(x != x ? nan : rounded)};
  } else {
    return x;
  }
}

}  // namespace tuneit::kernels
