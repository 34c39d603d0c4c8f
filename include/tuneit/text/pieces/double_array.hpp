#pragma once
// Which strings of a fixed set begin here? In one access of memory a byte.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tuneit::text {

/// A trie over bytes in a double array (Aoe 1989): the child of a node by a byte lies at base ^ byte, and says whose
/// child it is. Made once of all strings.
class DoubleArray {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF, root = 0;

  DoubleArray() : units_(256) { units_[root].parent = root; }
  /// Strings with values that are not negative. Empty strings are left out; of equal ones the last counts.
  explicit DoubleArray(const std::vector<std::string>& strings) : DoubleArray() {
    std::vector<Key> keys;
    keys.reserve(strings.size());
    for (std::size_t i = 0; i < strings.size(); ++i)
      if (!strings[i].empty()) keys.push_back({strings[i], static_cast<std::int32_t>(i)});
    build(keys);
  }
  using Key = std::pair<std::string_view, std::int32_t>;
  explicit DoubleArray(std::vector<Key> keys) : DoubleArray() { build(keys); }

  /// The node behind the byte; `none`: nothing goes on so.
  [[nodiscard]] std::uint32_t step(std::uint32_t node, char byte) const noexcept {
    const std::uint32_t child = units_[node].base ^ static_cast<unsigned char>(byte);
    return units_[child].parent == node ? child : none;
  }
  /// The value of the string that ends at the node; -1: none does.
  [[nodiscard]] std::int32_t value(std::uint32_t node) const noexcept { return units_[node].value; }

 private:
  struct Unit {
    std::uint32_t base = 0;
    std::uint32_t parent = none;  ///< none: the place is free
    std::int32_t value = -1;
  };
  struct Range {  // keys [begin, end) share `depth` bytes, which lead to `node`
    std::uint32_t node;
    std::size_t begin, end, depth;
  };

  void build(std::vector<Key>& keys) {
    std::stable_sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.first < b.first; });
    free_.clear();
    for (std::uint32_t i = 256; i-- > 1;) free_.push_back(i);
    std::vector<Range> todo{{root, 0, keys.size(), 0}};
    std::vector<unsigned char> bytes;
    for (std::size_t done = 0; done < todo.size(); ++done) {  // breadth first: near the root lies together
      Range range = todo[done];
      for (; range.begin < range.end && keys[range.begin].first.size() == range.depth; ++range.begin)
        units_[range.node].value = keys[range.begin].second;
      if (range.begin == range.end) continue;
      bytes.clear();
      const std::size_t first = todo.size();
      for (std::size_t i = range.begin; i < range.end; ++i) {
        const auto byte = static_cast<unsigned char>(keys[i].first[range.depth]);
        if (bytes.empty() || bytes.back() != byte) {
          bytes.push_back(byte);
          todo.push_back({0, i, i, range.depth + 1});
        }
        todo.back().end = i + 1;
      }
      const std::uint32_t base = base_for(bytes);
      units_[range.node].base = base;
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        todo[first + i].node = base ^ bytes[i];
        units_[base ^ bytes[i]].parent = range.node;
      }
    }
    free_.clear();
    free_.shrink_to_fit();
  }
  // A base at whose places for these bytes nothing is. Few free places are tried, the last that came first, so that
  // building takes linear time.
  std::uint32_t base_for(const std::vector<unsigned char>& bytes) {
    constexpr std::size_t tries = 64;
    while (!free_.empty() && units_[free_.back()].parent != none) free_.pop_back();
    for (std::size_t i = free_.size(), left = tries; i-- > 0 && left > 0; --left) {
      const std::uint32_t base = free_[i] ^ bytes.front();
      if (std::all_of(bytes.begin(), bytes.end(),
                      [&](unsigned char b) { return (base ^ b) != root && units_[base ^ b].parent == none; }))
        return base;
    }
    const auto block = static_cast<std::uint32_t>(units_.size());
    units_.resize(units_.size() + 256);
    for (std::uint32_t i = block + 256; i-- > block;) free_.push_back(i);
    return block;
  }

  std::vector<Unit> units_;
  std::vector<std::uint32_t> free_;  ///< places that were free when they were put here
};

}  // namespace tuneit::text
