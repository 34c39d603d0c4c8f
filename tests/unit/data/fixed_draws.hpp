#pragma once
// Draws for tests of transforms.
#include <cstdint>

namespace tuneit::test {

/// The same number for every draw, and how many there were.
struct Fixed {
  double value = 0;
  int count = 0;
  double uniform(double low, double high) { return ++count, low + (high - low) * value; }
  std::uint64_t below(std::uint64_t n) { return ++count, static_cast<std::uint64_t>(value * static_cast<double>(n)); }
};

}  // namespace tuneit::test
