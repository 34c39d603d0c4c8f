#pragma once
// Are all of these numbers finite? One pass over memory; NaN and infinity are what has an exponent of ones.
#include <cstdint>
#include <cstring>

#include "tuneit/kernels/isa.hpp"

namespace tuneit::kernels {

namespace detail {

[[gnu::always_inline]] inline bool all_finite_loop(const float* x, std::int64_t n) {
  constexpr std::uint32_t exponent = 0x7F800000;
  std::uint32_t bad = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, x + i, sizeof bits);
    bad |= static_cast<std::uint32_t>((bits & exponent) == exponent);
  }
  return bad == 0;
}

}  // namespace detail

inline bool all_finite(const float* x, std::int64_t n) {
  if (!has_vectors()) return detail::all_finite_loop(x, n);
  bool finite = false;
  vectorized([&]() __attribute__((always_inline)) { finite = detail::all_finite_loop(x, n); });
  return finite;
}

}  // namespace tuneit::kernels
