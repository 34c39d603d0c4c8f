#pragma once
// Which tensors of a layer has a rule's selector chosen? Bits, so that layers in which the same are chosen are
// rewritten once.
#include <cstddef>
#include <cstdint>

namespace tuneit::detail {

template <std::size_t N>
struct ChosenRows {
  static constexpr std::size_t words = N > 0 ? (N + 63) / 64 : 1;
  std::uint64_t bits[words]{};

  constexpr void set(std::size_t i) { bits[i / 64] |= std::uint64_t{1} << (i % 64); }
  [[nodiscard]] constexpr bool at(std::size_t i) const { return (bits[i / 64] >> (i % 64) & 1) != 0; }
  [[nodiscard]] constexpr bool any() const {
    for (const std::uint64_t word : bits)
      if (word != 0) return true;
    return false;
  }
  constexpr bool operator==(const ChosenRows&) const = default;
};

/// The Count rows from `begin` on.
template <std::size_t Count, std::size_t N>
constexpr ChosenRows<Count> chosen_slice(const ChosenRows<N>& all, std::size_t begin) {
  ChosenRows<Count> part;
  for (std::size_t i = 0; i < Count; ++i)
    if (all.at(begin + i)) part.set(i);
  return part;
}

}  // namespace tuneit::detail
