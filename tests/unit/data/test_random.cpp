// Are the draws Philox's, within their bounds, and the same everywhere?
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <tuneit/data/random.hpp>

#include <catch2/catch.hpp>

using namespace tuneit::data;
using Words = std::array<std::uint32_t, 4>;

// Known answers of Random123 (tests/kat_vectors, philox4x32 10); constexpr, so both compilers vouch for them.
static_assert(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEST_CASE("draws are a function of seed, epoch, sample and stream", "[data][random]") {
  const auto first = [](auto... key) { return Draws(key...).word(); };
  CHECK(first(1U, 2U, 3U) == first(1U, 2U, 3U));
  CHECK(first(1U, 2U, 3U) != first(2U, 2U, 3U));
  CHECK(first(1U, 2U, 3U) != first(1U, 3U, 3U));
  CHECK(first(1U, 2U, 3U) != first(1U, 2U, 4U));
  CHECK(first(1U, 2U, 3U, Stream::Augment) != first(1U, 2U, 3U, Stream::Permutation));
  CHECK(first(std::uint64_t{1} << 40, 2U, 3U) != first(0U, 2U, 3U));
  CHECK(Draws(0, 0, 0).word() == 0x6627e8d5);
}

TEST_CASE("uniform, below and coin keep their bounds and frequencies", "[data][random]") {
  Draws draws(5, 0, 0);
  constexpr int n = 60'000;
  double sum = 0.0, squares = 0.0;
  std::array<int, 7> seen{};
  int heads = 0;
  for (int i = 0; i < n; ++i) {
    const double u = draws.uniform();
    REQUIRE(u >= 0.0);
    REQUIRE(u < 1.0);
    sum += u;
    squares += u * u;
    ++seen.at(draws.below(7));
    heads += draws.coin(0.25) ? 1 : 0;
  }
  CHECK(std::abs(sum / n - 0.5) < 0.006);  // 5 standard errors
  CHECK(std::abs(squares / n - 1.0 / 3.0) < 0.007);
  for (const int count : seen) CHECK(std::abs(count - n / 7.0) < 470.0);
  CHECK(std::abs(heads - n / 4.0) < 540.0);
  CHECK(draws.below(1) == 0);
  CHECK_FALSE(draws.coin(0.0));
  CHECK(draws.coin(1.0));
  const std::uint64_t huge = (std::uint64_t{1} << 63) + 1;  // half of all draws are thrown away
  for (int i = 0; i < 100; ++i) CHECK(draws.below(huge) < huge);
}

TEST_CASE("permutations hold every number once and do not change between releases", "[data][random]") {
  for (const std::size_t n : {0U, 1U, 2U, 1000U}) {
    std::vector<std::size_t> order = permutation(n, 3, 1);
    std::sort(order.begin(), order.end());
    std::vector<std::size_t> all(n);
    std::iota(all.begin(), all.end(), std::size_t{0});
    CHECK(order == all);
  }
  CHECK(permutation(100, 3, 1) == permutation(100, 3, 1));
  CHECK(permutation(100, 3, 1) != permutation(100, 3, 2));
  CHECK(permutation(100, 3, 1) != permutation(100, 4, 1));
  CHECK(permutation(100, 3, 1) != permutation(100, 3, 1, Stream::Split));
  // All 6 orders of 3 about equally often.
  std::array<int, 27> seen{};
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const auto p = permutation(3, seed, 0);
    ++seen.at(p[0] * 9 + p[1] * 3 + p[2]);
  }
  CHECK(std::count_if(seen.begin(), seen.end(), [](int c) { return c > 850 && c < 1150; }) == 6);
  // A change here would make every recorded experiment irreproducible.
  CHECK(permutation(8, 0, 0) == std::vector<std::size_t>{2, 0, 1, 6, 4, 5, 3, 7});
}
