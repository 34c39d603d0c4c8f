#pragma once
// Where does a small block go? Into a list of its size that belongs to the thread: taking and giving are a few
// instructions without a lock. A block may be freed by another thread; it then stays with that one, and what a thread
// has too much of goes to a common store. No LibTorch.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "tuneit/engine/memory/reserved.hpp"

namespace tuneit::detail {

/// Sizes up to 1 KiB in steps of 64 bytes, then four to each doubling, up to 32 KiB.
struct SizeClasses {
  static constexpr std::size_t largest = std::size_t{32} << 10, count = 16 + 5 * 4;

  static constexpr std::size_t of(std::size_t bytes) {
    if (bytes <= 1024) return bytes == 0 ? 0 : (bytes - 1) / 64;
    const auto exponent = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;
    return 16 + (exponent - 10) * 4 + ((bytes - 1) >> (exponent - 2) & 3u);
  }
  static constexpr std::size_t bytes(std::size_t c) {
    if (c < 16) return (c + 1) * 64;
    const std::size_t exponent = 10 + (c - 16) / 4;
    return (std::size_t{1} << exponent) + ((c - 16) % 4 + 1) * (std::size_t{1} << (exponent - 2));
  }
  /// The most free blocks of a class that a thread keeps; half of it moves at a time.
  static constexpr std::uint32_t most(std::size_t c) {
    return static_cast<std::uint32_t>(std::clamp<std::size_t>((std::size_t{128} << 10) / bytes(c), 8, 256));
  }
};

/// Blocks of up to SizeClasses::largest bytes, aligned to 64. Safe to use from any threads; immortal.
class SmallBlocks {
 public:
  bool reserve(std::size_t bytes) {
    class_of_ = std::make_unique<std::uint8_t[]>(bytes / slab_bytes + 1);
    return range_.reserve(bytes, true);
  }

  /// nullptr where there is no more memory.
  void* allocate(std::size_t bytes) {
    const std::size_t c = SizeClasses::of(bytes);
    Store* mine = mine_;
    if (mine == nullptr || mine->lists[c].head == nullptr) [[unlikely]]
      return allocate_slowly(c);
    mine->count(static_cast<std::int64_t>(SizeClasses::bytes(c)), 1);
    return mine->lists[c].pop();
  }

  void deallocate(void* block) {
    const std::size_t c = class_of_[range_.offset(block) / slab_bytes];
    Store* mine = mine_;
    if (mine == nullptr || mine->lists[c].size >= SizeClasses::most(c)) [[unlikely]]
      return deallocate_slowly(block, c);
    mine->count(-static_cast<std::int64_t>(SizeClasses::bytes(c)), -1);
    mine->lists[c].push(block);
  }

  [[nodiscard]] const ReservedRange& range() const { return range_; }
  [[nodiscard]] std::mutex& mutex() { return mutex_; }
  [[nodiscard]] std::size_t touched() {
    const std::lock_guard lock(mutex_);
    return used_;
  }
  struct Count {
    std::int64_t bytes = 0, blocks = 0;
  };
  /// What is in use now, over all threads.
  [[nodiscard]] Count live() {
    const std::lock_guard lock(mutex_);
    Count sum;
    for (const Store* store = &common_; store != nullptr; store = store->made_before) {
      sum.bytes += store->bytes.load(std::memory_order_relaxed);
      sum.blocks += store->blocks.load(std::memory_order_relaxed);
    }
    return sum;
  }

 private:
  static constexpr std::size_t slab_bytes = std::size_t{64} << 10;  ///< blocks of one class share a slab

  // The first word of a free block links to the next.
  struct List {
    void* head = nullptr;
    std::uint32_t size = 0;
    void push(void* block) {
      *static_cast<void**>(block) = head;
      head = block;
      ++size;
    }
    void* pop() {
      void* block = head;
      head = *static_cast<void**>(block);
      --size;
      return block;
    }
  };
  struct Store {
    std::array<List, SizeClasses::count> lists{};
    std::atomic<std::int64_t> bytes{0}, blocks{0};  ///< written by one thread (or under the lock), read by any
    Store* made_before = nullptr;                   ///< all of them, from the common one on
    Store* idle_too = nullptr;                      ///< those that belong to no thread now
    void count(std::int64_t b, std::int64_t n) {
      bytes.store(bytes.load(std::memory_order_relaxed) + b, std::memory_order_relaxed);
      blocks.store(blocks.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
  };

  // Set while the thread has a store: not yet before its first block, no longer while it ends.
  static inline constinit thread_local Store* mine_ = nullptr;
  static inline constinit thread_local bool ended_ = false;
  struct Ender {
    SmallBlocks* owner = nullptr;
    ~Ender() {
      if (owner != nullptr) owner->end_thread();
    }
  };

  void* allocate_slowly(std::size_t c) {
    const auto bytes = static_cast<std::int64_t>(SizeClasses::bytes(c));
    if (mine_ == nullptr && !ended_) begin_thread();
    const std::lock_guard lock(mutex_);
    Store& into = mine_ != nullptr ? *mine_ : common_;
    const std::uint32_t wanted = mine_ != nullptr ? SizeClasses::most(c) / 2 : 1;
    while (into.lists[c].size < wanted) {
      void* block = &into != &common_ && common_.lists[c].head != nullptr ? common_.lists[c].pop() : carve(c);
      if (block == nullptr) break;
      into.lists[c].push(block);
    }
    if (into.lists[c].head == nullptr) return nullptr;
    into.count(bytes, 1);
    return into.lists[c].pop();
  }

  void deallocate_slowly(void* block, std::size_t c) {
    const std::lock_guard lock(mutex_);  // a thread that never took a block gets no store: that could fail
    Store& from = mine_ != nullptr ? *mine_ : common_;
    from.count(-static_cast<std::int64_t>(SizeClasses::bytes(c)), -1);
    from.lists[c].push(block);
    if (&from == &common_) return;
    while (from.lists[c].size > SizeClasses::most(c) / 2) common_.lists[c].push(from.lists[c].pop());
  }

  /// A block that was never used, or nullptr.
  void* carve(std::size_t c) {
    Slab& slab = slabs_[c];
    const std::size_t bytes = SizeClasses::bytes(c);
    if (slab.left < bytes) {
      if (!range_.commit(used_ + slab_bytes)) return nullptr;
      slab = {range_.at(used_), slab_bytes};
      class_of_[used_ / slab_bytes] = static_cast<std::uint8_t>(c);
      used_ += slab_bytes;
    }
    void* block = slab.at;
    slab.at += bytes;
    slab.left -= bytes;
    return block;
  }

  void begin_thread() {
    static thread_local Ender ender;
    const std::lock_guard lock(mutex_);
    mine_ = idle_;
    if (mine_ == nullptr) {
      mine_ = new Store;
      mine_->made_before = common_.made_before;
      common_.made_before = mine_;
    } else {
      idle_ = mine_->idle_too;
    }
    ender.owner = this;
  }
  void end_thread() {
    const std::lock_guard lock(mutex_);
    for (std::size_t c = 0; c < SizeClasses::count; ++c)
      while (mine_->lists[c].head != nullptr) common_.lists[c].push(mine_->lists[c].pop());
    mine_->idle_too = idle_;
    idle_ = mine_;
    mine_ = nullptr;
    ended_ = true;
  }

  struct Slab {
    char* at = nullptr;
    std::size_t left = 0;
  };
  ReservedRange range_;
  std::unique_ptr<std::uint8_t[]> class_of_;  ///< of each slab
  std::mutex mutex_;                          ///< guards all that follows
  std::array<Slab, SizeClasses::count> slabs_{};
  std::size_t used_ = 0;
  Store common_;
  Store* idle_ = nullptr;
};

}  // namespace tuneit::detail
