#pragma once
// Tensors of random numbers, and how to compare kernels with sums in double.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <tuneit/kernels/isa/bf16.hpp>
#include <tuneit/kernels/isa/isa.hpp>

namespace numbers {

using namespace tuneit::kernels;

template <class T>
double value(T x) {
  return static_cast<double>(widen(x));
}

/// Between -1 and 1, as T holds them.
template <class T>
std::vector<T> random(std::int64_t size, unsigned seed) {
  std::mt19937 bits(seed);
  std::vector<T> numbers(static_cast<std::size_t>(size));
  for (T& x : numbers) x = narrow<T>(static_cast<Compute<T>>(static_cast<int>(bits() % 2001) - 1000) / 1000);
  return numbers;
}

/// How far a result of `scale` (the sum of absolute values that went into it) may be off.
template <class T>
double tolerance(double expected, double scale) {
  if constexpr (std::is_same_v<T, double>) return 1e-13 * (1 + scale);
  const double rounding = std::is_same_v<T, Bf16> ? std::abs(expected) / 256 : 0;
  return rounding + 1e-6 * (1 + scale);
}

/// For each instruction set of this processor.
template <class Body>
void for_each_isa(const Body& body) {
  const Isa best = isa();
  if (best == Isa::Plain) {
#if !defined(__x86_64__)
    body();
#endif
    return;
  }
  for (const Isa one : {Isa::Avx2, Isa::Avx512}) {
    if (one > best) break;
    widest_isa() = one;
    CAPTURE(static_cast<int>(one));
    body();
  }
  widest_isa() = Isa::Avx512;
}

}  // namespace numbers
