#pragma once
// What is left of the symbols of a word when all merges are done?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tuneit/text/pieces/merge_table.hpp"

namespace tuneit::text {

/// A part of a word: a token, and how many bytes of the word it stands for.
struct Symbol {
  std::int32_t id = 0;
  std::uint32_t bytes = 0;
};

/// Merges the adjacent pair of the least rank, the leftmost of equal ones, until no pair merges. Memory is used again.
class WordMerger {
 public:
  std::vector<Symbol> symbols;

  /// By looking at all pairs for each merge: for words of few symbols.
  void merge_few(const MergeTable& table) {
    std::size_t n = symbols.size();
    merges_.resize(n);  // the last one is of no pair
    for (std::size_t i = 0; i + 1 < n; ++i) merges_[i] = table.of(symbols[i].id, symbols[i + 1].id);
    while (n > 1) {
      std::size_t at = 0;
      for (std::size_t i = 1; i + 1 < n; ++i)
        if (merges_[i] < merges_[at]) at = i;
      if (!merges_[at].exists()) break;
      symbols[at] = {merges_[at].id(), symbols[at].bytes + symbols[at + 1].bytes};
      --n;
      for (std::size_t i = at + 1; i < n; ++i) {
        symbols[i] = symbols[i + 1];
        merges_[i] = merges_[i + 1];
      }
      if (at > 0) merges_[at - 1] = table.of(symbols[at - 1].id, symbols[at].id);
      merges_[at] = at + 1 < n ? table.of(symbols[at].id, symbols[at + 1].id) : Merge();
    }
    symbols.resize(n);
  }

  /// By a heap: n log n. Like tokenizers, it holds an entry valid as long as the pair at its place merges to the same
  /// token, by whichever merge.
  void merge_many(const MergeTable& table) {
    const auto n = static_cast<std::uint32_t>(symbols.size());
    links_.resize(n);
    heap_.clear();
    for (std::uint32_t i = 0; i < n; ++i) {
      links_[i] = {i - 1, i + 1};
      if (i + 1 < n) push(table, i, i + 1);
    }
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const Entry top = heap_.back();
      heap_.pop_back();
      Symbol& left = symbols[top.at];
      const std::uint32_t next = links_[top.at].next;
      if (left.bytes == 0 || next >= n) continue;  // merged away, or the last one
      const Merge now = table.of(left.id, symbols[next].id);
      if (!now.exists() || now.id() != top.merge.id()) continue;
      left = {top.merge.id(), left.bytes + symbols[next].bytes};
      symbols[next].bytes = 0;
      links_[top.at].next = links_[next].next;
      if (links_[next].next < n) links_[links_[next].next].previous = top.at;
      if (links_[top.at].previous < n) push(table, links_[top.at].previous, top.at);
      if (links_[top.at].next < n) push(table, top.at, links_[top.at].next);
    }
    std::erase_if(symbols, [](const Symbol& s) { return s.bytes == 0; });
  }

 private:
  struct Link {
    std::uint32_t previous, next;  ///< not below the number of symbols: none
  };
  struct Entry {
    Merge merge;
    std::uint32_t at;
    friend bool operator>(const Entry& a, const Entry& b) {
      return b.merge.rank() < a.merge.rank() || (a.merge.rank() == b.merge.rank() && a.at > b.at);
    }
  };
  void push(const MergeTable& table, std::uint32_t left, std::uint32_t right) {
    const Merge merge = table.of(symbols[left].id, symbols[right].id);
    if (!merge.exists()) return;
    heap_.push_back({merge, left});
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  std::vector<Merge> merges_;
  std::vector<Link> links_;
  std::vector<Entry> heap_;
};

}  // namespace tuneit::text
