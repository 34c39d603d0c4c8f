#pragma once
// Which of many strings begin here?
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tuneit::text {

/// A trie over bytes. Its edges are one hash table (node and byte to node), so that a step is about one access of
/// memory; 30,000 tokens take some 2 MB.
class ByteTrie {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF, root = 0;

  /// Adds a string of less than 2^31 bytes; a later value of the same string replaces an earlier one.
  void add(std::string_view text, std::int32_t value) {
    std::uint32_t node = root;
    for (const char c : text) {
      if (2 * (values_.size() + 1) > slots_.size()) grow();
      Slot& slot = find(node, c);
      if (slot.to == none) {
        slot = {key(node, c), static_cast<std::uint32_t>(values_.size())};
        values_.push_back(-1);
      }
      node = slot.to;
    }
    values_[node] = value;
  }
  /// The node behind the byte; `none`: nothing goes on so.
  [[nodiscard]] std::uint32_t step(std::uint32_t node, char c) const noexcept {
    return slots_.empty() ? none : const_cast<ByteTrie*>(this)->find(node, c).to;
  }
  /// What was added with the string that ends at the node; -1: none does.
  [[nodiscard]] std::int32_t value(std::uint32_t node) const noexcept { return values_[node]; }
  [[nodiscard]] std::size_t nodes() const noexcept { return values_.size(); }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t to = none;
  };
  static std::uint64_t key(std::uint32_t node, char c) noexcept {
    return std::uint64_t{node} << 8U | static_cast<unsigned char>(c);
  }
  [[nodiscard]] Slot& find(std::uint32_t node, char c) noexcept {
    const std::uint64_t wanted = key(node, c);
    std::size_t at = (wanted * 0x9E3779B97F4A7C15U) >> shift_;
    while (slots_[at].to != none && slots_[at].key != wanted) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots_.size()));
    for (const Slot& s : old)
      if (s.to != none) find(static_cast<std::uint32_t>(s.key >> 8U), static_cast<char>(s.key & 0xFFU)) = s;
  }

  std::vector<std::int32_t> values_{-1};  ///< of each node
  std::vector<Slot> slots_;
  unsigned shift_ = 0;
};

}  // namespace tuneit::text
