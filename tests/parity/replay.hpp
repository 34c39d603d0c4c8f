#pragma once
// What torch drew, as a source of draws for our transforms.
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

/// Gives the numbers that torch drew, in torch's order, and checks what they are asked for: bounds up to `slack`.
struct Replay {
  std::vector<double> draws;
  std::size_t at = 0;
  double slack = 1e-6;
  double uniform(double low, double high) {
    const double value = draws.at(at++);
    CHECK(value >= low - slack);
    CHECK(value <= high + slack);
    return value;
  }
  double normal() { return draws.at(at++); }
  std::uint64_t below(std::uint64_t n) {
    const auto value = static_cast<std::uint64_t>(draws.at(at++));
    CHECK(value < n);
    return value;
  }
};
