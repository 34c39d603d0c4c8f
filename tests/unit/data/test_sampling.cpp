// Are samples drawn as often as their weights say, and the same everywhere?
#include <cmath>
#include <vector>

#include <tuneit/data/batches/sampling.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;
using data::Sampling;

namespace {

std::vector<data::Sample> ten_to_one() {
  std::vector<data::Sample> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back({"a" + std::to_string(i), 0, 1.0, {}});
  for (int i = 0; i < 100; ++i) samples.push_back({"b" + std::to_string(i), 1, i < 50 ? 3.0 : 1.0, {}});
  return samples;
}

// How many standard deviations a count of draws is from what it should be.
double deviations(double count, double draws, double p) {
  return std::abs(count - draws * p) / std::sqrt(draws * p * (1 - p));
}

}  // namespace

TEST_CASE("balanced: classes are drawn equally often, the samples of one, too", "[data][sampling]") {
  const std::vector<data::Sample> samples = ten_to_one();
  const std::vector<double> weights = data::sampling_weights(samples, Sampling::Balanced);
  double first = 0, one = 0, all = 0;
  for (std::uint64_t epoch = 0; epoch < 40; ++epoch)
    for (const std::size_t i : data::draw_weighted(weights, samples.size(), 7, epoch)) {
      REQUIRE(i < samples.size());
      first += samples[i].label == 0;
      one += i == 1003;
      ++all;
    }
  CHECK(deviations(first, all, 0.5) < 4);
  CHECK(deviations(one, all, 0.5 / 100) < 4);
}

TEST_CASE("weighted: in proportion to the weights", "[data][sampling]") {
  const std::vector<data::Sample> samples = ten_to_one();
  const std::vector<double> weights = data::sampling_weights(samples, Sampling::Weighted);
  double heavy = 0, all = 0;
  for (std::uint64_t epoch = 0; epoch < 40; ++epoch)
    for (const std::size_t i : data::draw_weighted(weights, samples.size(), 7, epoch)) {
      heavy += samples[i].weight == 3;
      ++all;
    }
  CHECK(deviations(heavy, all, 150.0 / 1200) < 4);
}

TEST_CASE("draws are a function of seed and epoch", "[data][sampling]") {
  const std::vector<double> weights(50, 1.0);
  CHECK(data::draw_weighted(weights, 50, 1, 2) == data::draw_weighted(weights, 50, 1, 2));
  CHECK(data::draw_weighted(weights, 50, 1, 2) != data::draw_weighted(weights, 50, 1, 3));
  CHECK(data::draw_weighted(weights, 50, 1, 2) != data::draw_weighted(weights, 50, 2, 2));
}
