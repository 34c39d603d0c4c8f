#pragma once
// Where does a large block go? Best fit over pages of 4 KiB: the smallest hole that is large enough, the lowest of
// equals; neighbouring holes are one. A training step asks for the same sizes in the same order each time, so from the
// second step on each block finds the hole that it left. No LibTorch.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tuneit/engine/memory/reserved.hpp"

namespace tuneit::detail {

/// Spans of pages in a reserved range. What it knows of them is kept beside and not within them, in a table with an
/// entry for each page that is valid at both ends of a span: a hole costs no memory, and nothing is allocated when a
/// block is freed. Not thread-safe.
class Spans {
 public:
  static constexpr std::size_t page_bytes = 4096;

  bool reserve(std::size_t bytes) {
    heads_.fill(none);
    if (!range_.reserve(bytes, true) || !table_.reserve(bytes / page_bytes * sizeof(Entry), false)) return false;
    const std::size_t words = bytes / frame_bytes / 64 + 1;
    touched_.assign(words, 0);
    recent_.assign(words, 0);
    return true;
  }

  /// nullptr where the range or the system has no more.
  void* allocate(std::size_t bytes) {
    const auto pages = static_cast<Page>((bytes + page_bytes - 1) / page_bytes);
    Page first = best_fit(pages);
    if (first == none && (first = grow(pages)) == none) return nullptr;
    unlink(first);
    const Page rest = entry(first).pages - pages;
    if (rest > 0) add_hole(first + pages, rest);
    entry(first) = {pages, none, none, State::Used};
    if (pages > 1) entry(first + pages - 1).state = State::UsedEnd;
    mark(first, pages);
    live_ += pages * page_bytes;
    if (live_ > peak_) peak_ = live_;
    ++blocks_;
    return range_.at(first * page_bytes);
  }

  void deallocate(void* block) {
    const std::size_t offset = range_.offset(block);
    auto first = static_cast<Page>(offset / page_bytes);
    if (offset % page_bytes != 0 || first >= top_ || entry(first).state != State::Used) {
      std::fputs("tuneit: a block of memory was freed twice, or never allocated\n", stderr);
      std::abort();  // as malloc does: somebody else may be writing into it
    }
    Page pages = entry(first).pages;
    live_ -= pages * page_bytes;
    --blocks_;
    if (first + pages < top_ && entry(first + pages).state == State::Hole) {
      const Page next = first + pages;
      pages += entry(next).pages;
      unlink(next);
    }
    if (first > 0 && entry(first - 1).state == State::Hole) {
      const Page before = first - entry(first - 1).pages;
      pages += entry(before).pages;
      unlink(before);
      first = before;
    }
    add_hole(first, pages);
  }

  /// Gives the frames back that lie wholly in holes; with `idle_only`, those that no block has touched since the last
  /// call. Returns the bytes.
  std::size_t release(bool idle_only) {
    std::size_t released = 0;
    constexpr Page frame_pages = frame_bytes / page_bytes;
    for (Page first = 0; first < top_; first += entry(first).pages) {
      if (entry(first).state != State::Hole) continue;
      const Page begin = (first + frame_pages - 1) / frame_pages, end = (first + entry(first).pages) / frame_pages;
      for (Page f = begin; f < end; ++f) {
        const std::uint64_t bit = std::uint64_t{1} << f % 64;
        if ((touched_[f / 64] & bit) == 0 || (idle_only && (recent_[f / 64] & bit) != 0)) continue;
        touched_[f / 64] &= ~bit;
        range_.give_back(f * frame_bytes, frame_bytes);
        released += frame_bytes;
      }
    }
    touched_bytes_ -= released;
    recent_.assign(recent_.size(), 0);
    return released;
  }

  [[nodiscard]] const ReservedRange& range() const { return range_; }
  [[nodiscard]] std::size_t live() const { return live_; }
  [[nodiscard]] std::size_t peak() const { return peak_; }
  [[nodiscard]] std::size_t touched() const { return touched_bytes_; }
  [[nodiscard]] std::size_t blocks() const { return blocks_; }
  /// From here on, peak() is that of what follows.
  void restart_peak() { peak_ = live_; }

 private:
  using Page = std::uint32_t;
  static constexpr Page none = ~Page{0};
  enum class State : std::uint32_t { Inside, Used, UsedEnd, Hole };
  struct Entry {
    Page pages, previous, next;  ///< the links: among the holes of one bin
    State state;
  };

  Entry& entry(Page page) const { return reinterpret_cast<Entry*>(table_.at(0))[page]; }

  // Holes of equal length share a bin up to 63 pages; from there on eight bins divide each doubling.
  static constexpr std::size_t bins = 64 + 26 * 8;
  static std::size_t bin_of(Page pages) {
    if (pages < 64) return pages;
    const auto exponent = static_cast<unsigned>(std::bit_width(pages)) - 1;
    return 64 + (exponent - 6) * 8 + (pages >> (exponent - 3) & 7u);
  }

  Page best_fit(Page pages) const {
    std::size_t bin = bin_of(pages);
    const Page found = best_of(bin, pages);  // some there may be too small
    if (found != none) return found;
    ++bin;
    for (std::size_t w = bin / 64; w < full_.size(); ++w) {
      const std::uint64_t word = w == bin / 64 ? full_[w] >> bin % 64 << bin % 64 : full_[w];
      if (word != 0) return best_of(w * 64 + static_cast<std::size_t>(std::countr_zero(word)), pages);
    }
    return none;
  }
  Page best_of(std::size_t bin, Page pages) const {
    Page best = none;
    for (Page hole = heads_[bin]; hole != none; hole = entry(hole).next) {
      const Page size = entry(hole).pages;
      if (size < pages) continue;
      if (best == none || size < entry(best).pages || (size == entry(best).pages && hole < best)) best = hole;
    }
    return best;
  }

  /// A hole of at least so many pages at the top; with what is free there already.
  Page grow(Page pages) {
    Page first = top_;
    if (top_ > 0 && entry(top_ - 1).state == State::Hole) first -= entry(top_ - 1).pages;
    const std::size_t end = std::size_t{first} + pages;
    if (end >= none || !table_.commit(end * sizeof(Entry)) || !range_.commit(end * page_bytes)) return none;
    if (first != top_) unlink(first);
    top_ = first + pages;
    add_hole(first, pages);
    return first;
  }

  void add_hole(Page first, Page pages) {
    const std::size_t bin = bin_of(pages);
    entry(first) = {pages, none, heads_[bin], State::Hole};
    if (pages > 1) entry(first + pages - 1) = {pages, none, none, State::Hole};
    if (heads_[bin] != none) entry(heads_[bin]).previous = first;
    heads_[bin] = first;
    full_[bin / 64] |= std::uint64_t{1} << bin % 64;
  }
  void unlink(Page first) {
    const Entry hole = entry(first);
    const std::size_t bin = bin_of(hole.pages);
    (hole.previous == none ? heads_[bin] : entry(hole.previous).next) = hole.next;
    if (hole.next != none) entry(hole.next).previous = hole.previous;
    if (heads_[bin] == none) full_[bin / 64] &= ~(std::uint64_t{1} << bin % 64);
  }

  void mark(Page first, Page pages) {
    const std::size_t begin = first * page_bytes / frame_bytes;
    const std::size_t end = ((std::size_t{first} + pages) * page_bytes - 1) / frame_bytes;
    for (std::size_t f = begin; f <= end; ++f) {
      const std::uint64_t bit = std::uint64_t{1} << f % 64;
      if ((touched_[f / 64] & bit) == 0) touched_bytes_ += frame_bytes;
      touched_[f / 64] |= bit;
      recent_[f / 64] |= bit;
    }
  }

  ReservedRange range_, table_;
  Page top_ = 0;  ///< pages from here on were never used
  std::array<Page, bins> heads_{};
  std::array<std::uint64_t, (bins + 63) / 64> full_{};
  std::vector<std::uint64_t> touched_, recent_;  ///< a bit for each frame
  std::size_t live_ = 0, peak_ = 0, touched_bytes_ = 0, blocks_ = 0;
};

}  // namespace tuneit::detail
