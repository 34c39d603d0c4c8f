#pragma once
// In which order, and how often, does an epoch visit the samples? Pure functions of (seed, epoch). No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/random.hpp"

namespace tuneit::data {

/// Once: each sample once an epoch. Balanced: as many draws as there are samples, with replacement, every class equally
/// often in the mean. Weighted: the same in proportion to Sample::weight (torch's WeightedRandomSampler).
enum class Sampling : std::uint8_t { Once, Balanced, Weighted };

/// The relative probability of each sample.
inline std::vector<double> sampling_weights(const std::vector<Sample>& samples, Sampling how) {
  std::vector<double> weights(samples.size(), 1.0);
  if (how == Sampling::Weighted)
    for (std::size_t i = 0; i < samples.size(); ++i) weights[i] = samples[i].weight;
  if (how == Sampling::Balanced) {
    std::vector<std::size_t> count;
    for (const Sample& s : samples) {
      if (static_cast<std::size_t>(s.label) >= count.size()) count.resize(static_cast<std::size_t>(s.label) + 1);
      ++count[static_cast<std::size_t>(s.label)];
    }
    for (std::size_t i = 0; i < samples.size(); ++i)
      weights[i] = 1.0 / static_cast<double>(count[static_cast<std::size_t>(samples[i].label)]);
  }
  return weights;
}

/// `draws` positions with replacement, each with a probability in proportion to its weight (all > 0).
inline std::vector<std::size_t> draw_weighted(const std::vector<double>& weights, std::size_t draws, std::uint64_t seed,
                                              std::uint64_t epoch) {
  std::vector<double> sums(weights.size());
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sums[i] = sum += weights[i];
  Draws random(seed, epoch, 0, Stream::Sampling);
  std::vector<std::size_t> out(draws);
  for (std::size_t& at : out) {
    const auto found = std::upper_bound(sums.begin(), sums.end(), random.uniform() * sum);
    at = std::min(static_cast<std::size_t>(found - sums.begin()), weights.size() - 1);
  }
  return out;
}

}  // namespace tuneit::data
