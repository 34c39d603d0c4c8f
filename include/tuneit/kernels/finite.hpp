#pragma once
// Are all of these numbers finite, and how large are they? One pass over memory; NaN and infinity are what has an
// exponent of ones.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

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

// Without their signs, numbers are in the order of their bits, infinity behind them and NaN behind that.
template <class Bits>
[[gnu::always_inline]] inline Bits largest_bits(const void* x, std::int64_t begin, std::int64_t end) {
  constexpr Bits sign = static_cast<Bits>(Bits{1} << (8 * sizeof(Bits) - 1));
  const char* const from = static_cast<const char*>(x);
  Bits largest = 0;
  for (std::int64_t i = begin; i < end; ++i) {
    Bits bits = 0;
    std::memcpy(&bits, from + i * static_cast<std::int64_t>(sizeof bits), sizeof bits);
    bits = static_cast<Bits>(bits & static_cast<Bits>(~sign));
    largest = bits > largest ? bits : largest;
  }
  return largest;
}

}  // namespace detail

/// The largest magnitude among n numbers (float or Bf16); NaN if there is one.
template <class T>
float largest_magnitude(const T* x, std::int64_t n) {
  using Bits = std::conditional_t<std::is_same_v<T, Bf16>, std::uint16_t, std::uint32_t>;
  const int threads = threads_for(n, 1 << 16);
  std::vector<Bits> largest(static_cast<std::size_t>(threads));
  parallel_parts(threads, n, [&](int thread, std::int64_t begin, std::int64_t end) {
    Bits& own = largest[static_cast<std::size_t>(thread)];
    if (!has_vectors()) {
      own = detail::largest_bits<Bits>(x, begin, end);
      return;
    }
    vectorized([&]() __attribute__((always_inline)) { own = detail::largest_bits<Bits>(x, begin, end); });
  });
  const Bits bits = *std::max_element(largest.begin(), largest.end());
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << (32 - 8 * sizeof(Bits)));
}

inline bool all_finite(const float* x, std::int64_t n) {
  if (!has_vectors()) return detail::all_finite_loop(x, n);
  bool finite = false;
  vectorized([&]() __attribute__((always_inline)) { finite = detail::all_finite_loop(x, n); });
  return finite;
}

/// Are all of n numbers (float or double) in [0, 1]? NaN is not.
template <class T>
bool all_shares(const T* x, std::int64_t n) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr auto one = std::bit_cast<Bits>(T{1}), minus_zero = std::bit_cast<Bits>(T{-0.0});
  const auto loop = [=]() __attribute__((always_inline)) {
    Bits bad = 0;  // numbers that are not negative are in the order of their bits, and all others behind them
    for (std::int64_t i = 0; i < n; ++i) {
      Bits bits = 0;
      std::memcpy(&bits, x + i, sizeof bits);
      bad |= static_cast<Bits>(bits > one) & static_cast<Bits>(bits != minus_zero);
    }
    return bad == 0;
  };
  if (!has_vectors()) return loop();
  bool all = false;
  vectorized([&]() __attribute__((always_inline)) { all = loop(); });
  return all;
}

}  // namespace tuneit::kernels
