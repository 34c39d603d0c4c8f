#pragma once
// Of which class is a code point, in a few instructions?
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

namespace tuneit::text {

/// The class of every code point, by two steps: blocks of 128 code points, equal ones once. Made from ranges (first,
/// last, is) that do not overlap; code points of none are Class{}.
template <class Class>
class ClassTable {
 public:
  template <class Range>
  explicit ClassTable(std::span<const Range> ranges) : blocks_(kBlock) {
    for (const Range& range : ranges)
      for (std::uint32_t c = range.first; c <= range.last;) {
        const std::uint32_t next = (c / kBlock + 1) * kBlock;
        if (c % kBlock == 0 &&
            next - 1 <= range.last) {  // a whole block: shared with the one before it if that is alike
          of_block_[c / kBlock] = whole(range.is);
          c = next;
          continue;
        }
        blocks_[own(c / kBlock) * kBlock + c % kBlock] = range.is;
        ++c;
      }
  }
  [[nodiscard]] Class operator[](char32_t c) const noexcept {
    return blocks_[std::size_t{of_block_[c / kBlock]} * kBlock + c % kBlock];
  }

 private:
  static constexpr std::uint32_t kBlock = 128, kBlocks = 0x110000 / kBlock;

  std::size_t own(std::uint32_t block) {
    if (of_block_[block] == 0) {
      of_block_[block] = static_cast<std::uint16_t>(blocks_.size() / kBlock);
      blocks_.resize(blocks_.size() + kBlock);
    }
    return of_block_[block];
  }
  std::uint16_t whole(Class is) {
    const auto at = static_cast<std::size_t>(is);
    if (whole_.size() <= at) whole_.resize(at + 1);
    if (whole_[at] == 0) {
      whole_[at] = static_cast<std::uint16_t>(blocks_.size() / kBlock);
      blocks_.insert(blocks_.end(), kBlock, is);
    }
    return whole_[at];
  }

  std::vector<Class> blocks_;  ///< the first is of code points in no range
  std::uint16_t of_block_[kBlocks] = {};
  std::vector<std::uint16_t> whole_;  ///< of each class, the block that has nothing else; 0: none yet
};

}  // namespace tuneit::text
