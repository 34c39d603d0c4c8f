#pragma once
// Which random numbers does a sample get? Counter-based draws: a pure function of (seed, epoch, sample), so that the
// number of workers, prefetching and resuming cannot change them. No LibTorch.
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace tuneit::data {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC11): four random words
/// from a counter of 128 bits and a key of 64. Equal to Random123's philox4x32 with 10 rounds.
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// What the draws are for; keeps the sequences of one (seed, epoch, sample) apart.
enum class Stream : std::uint32_t { Augment = 0, Permutation = 1, Split = 2, Mix = 3, Sampling = 4, Text = 5 };

/// The sequence of draws of one sample in one epoch. Copies continue independently from the same place.
class Draws {
 public:
  constexpr Draws(std::uint64_t seed, std::uint64_t epoch, std::uint64_t sample, Stream stream = Stream::Augment)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        // 2^32 blocks of draws; 2^32 samples; epochs share their word with the stream (2^28 epochs, 16 streams).
        counter_{0, static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(sample >> 32),
                 static_cast<std::uint32_t>(epoch << 4) | static_cast<std::uint32_t>(stream)} {}

  constexpr std::uint32_t word() {
    if (used_ == 4) {
      words_ = philox4x32(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return words_[used_++];
  }

  /// In [0, 1), with all 53 bits of a double.
  constexpr double uniform() {
    const std::uint64_t high = word() >> 5, low = word() >> 6;
    return static_cast<double>((high << 26) | low) * 0x1p-53;
  }
  constexpr double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// In [0, n), without bias (draws above the largest multiple of n are thrown away). n must be positive.
  constexpr std::uint64_t below(std::uint64_t n) {
    const std::uint64_t rejected = (0 - n) % n;  // 2^64 mod n
    for (;;) {
      const std::uint64_t high = word();
      const std::uint64_t draw = (high << 32) | word();
      if (draw >= rejected) return draw % n;
    }
  }

  /// True with probability p.
  constexpr bool coin(double p) { return uniform() < p; }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 4;
};

/// Fisher-Yates on 0 .. n-1: the same on every machine and standard library (std::shuffle is not). `which` tells
/// several permutations of one seed and epoch apart.
inline std::vector<std::size_t> permutation(std::size_t n, std::uint64_t seed, std::uint64_t epoch,
                                            Stream stream = Stream::Permutation, std::uint64_t which = 0) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Draws draws(seed, epoch, which, stream);
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[draws.below(i)]);
  return order;
}

}  // namespace tuneit::data
