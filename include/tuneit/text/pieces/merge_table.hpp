#pragma once
// Which pairs of tokens merge, in which order, and to what?
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tuneit::text {

/// A merge: the lower its rank, the earlier. One number, so that the least one is that of the least rank.
class Merge {
 public:
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  constexpr Merge() = default;
  constexpr Merge(std::uint32_t rank, std::int32_t id)
      : bits_(std::uint64_t{rank} << 32U | static_cast<std::uint32_t>(id)) {}
  [[nodiscard]] constexpr bool exists() const { return bits_ != none; }
  [[nodiscard]] constexpr std::uint32_t rank() const { return static_cast<std::uint32_t>(bits_ >> 32U); }
  [[nodiscard]] constexpr std::int32_t id() const { return static_cast<std::int32_t>(bits_ & 0xFFFFFFFFU); }
  friend constexpr bool operator<(Merge a, Merge b) { return a.bits_ < b.bits_; }

 private:
  std::uint64_t bits_ = none;
};

/// Pairs of ids and their merges, in one table of open addressing.
class MergeTable {
 public:
  MergeTable() : slots_(16) {}
  /// A later merge of the same pair replaces an earlier one.
  void add(std::int32_t left, std::int32_t right, Merge merge) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[place(key(left, right))];
    if (!slot.merge.exists()) ++count_;
    slot = {key(left, right), merge};
  }
  [[nodiscard]] Merge of(std::int32_t left, std::int32_t right) const noexcept {
    return slots_[place(key(left, right))].merge;
  }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    Merge merge;  ///< none: the slot is free
  };
  static std::uint64_t key(std::int32_t left, std::int32_t right) noexcept {
    return std::uint64_t{static_cast<std::uint32_t>(left)} << 32U | static_cast<std::uint32_t>(right);
  }
  [[nodiscard]] std::size_t place(std::uint64_t key) const noexcept {
    std::uint64_t mixed = (key ^ key >> 32U) * 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ mixed >> 29U ^ key) * 0xBF58476D1CE4E5B9U;
    std::size_t at = mixed >> shift_;
    while (slots_[at].merge.exists() && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    --shift_;
    for (const Slot& slot : old)
      if (slot.merge.exists()) slots_[place(slot.key)] = slot;
  }

  std::vector<Slot> slots_;  ///< a power of 2 of them
  std::size_t count_ = 0;
  unsigned shift_ = 60;
};

}  // namespace tuneit::text
