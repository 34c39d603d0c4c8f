#pragma once
// Whose memory does a training step use? The same as the step before: tensors made within an ArenaScope lie in one
// arena on huge pages, which keeps what they leave. With malloc each step maps its activations anew, and the system
// clears every page of them again.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include <pthread.h>
#include <unistd.h>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include "tuneit/engine/memory/small.hpp"
#include "tuneit/engine/memory/spans.hpp"

namespace tuneit {

/// What the arena holds. Large blocks count with whole pages, small ones with the size of their class.
struct ArenaStatistics {
  std::size_t live_bytes = 0, blocks = 0;
  std::size_t peak_bytes = 0;  ///< most large blocks at a time since restart_peak(), and all that small ones ever took
  std::size_t touched_bytes = 0;   ///< taken from the system and not given back; at most this is resident
  std::size_t reserved_bytes = 0;  ///< addresses; they cost nothing
};

/// Memory for tensors that is kept between uses. There is one, and it is never destroyed: blocks may be freed at any
/// time, also by destructors of static objects, and by any thread. Where addresses cannot be reserved (ulimit -v,
/// sanitizers, 32 bits) `available()` is false, and LibTorch allocates as it did before.
class Arena {
 public:
  static Arena& instance() {
    static Arena* const arena = new Arena;
    return *arena;
  }

  [[nodiscard]] bool available() const { return available_; }
  [[nodiscard]] bool contains(const void* p) const { return small_.range().contains(p) || large_.range().contains(p); }

  /// A block aligned to 64 bytes, those above 32 KiB to 4 KiB; nullptr where there is no more.
  void* allocate(std::size_t bytes) {
    if (bytes <= detail::SizeClasses::largest) return small_.allocate(bytes);
    const std::lock_guard lock(mutex_);
    return large_.allocate(bytes);
  }

  /// A block that contains() knows.
  void deallocate(void* block) {
    if (small_.range().contains(block)) return small_.deallocate(block);
    const std::lock_guard lock(mutex_);
    large_.deallocate(block);
  }

  /// Gives everything that no block lies on back to the system, and returns how many bytes. The next step takes them
  /// again: for the end of a training.
  std::size_t release_unused() {
    const std::lock_guard lock(mutex_);
    return large_.release(false);
  }

  /// Gives back what no block has touched since it was called last; ArenaScope calls it from time to time.
  std::size_t release_idle() {
    const std::lock_guard lock(mutex_);
    return large_.release(true);
  }

  [[nodiscard]] ArenaStatistics statistics() {
    const auto small = small_.live();
    const std::size_t small_touched = small_.touched();
    const std::lock_guard lock(mutex_);
    return {large_.live() + static_cast<std::size_t>(small.bytes),
            large_.blocks() + static_cast<std::size_t>(small.blocks), large_.peak() + small_touched,
            large_.touched() + small_touched, large_.range().size() + small_.range().size()};
  }

  /// From here on, statistics().peak_bytes is that of what follows.
  void restart_peak() {
    const std::lock_guard lock(mutex_);
    large_.restart_peak();
  }

 private:
  Arena() {
    // Addresses for several times the memory of the machine: best fit then never meets the end of the range.
    const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
    const std::size_t memory = pages > 0 && page > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page)
                                                     : std::size_t{16} << 30;
    const std::size_t bytes = std::min(std::size_t{1} << 40, detail::round_up(4 * memory, std::size_t{16} << 30));
    available_ = detail::may_reserve() && large_.reserve(bytes) && small_.reserve(bytes / 16);
    // A child of fork() has the thread that forked and all locks as they were: none must be held by another thread.
    if (available_)
      ::pthread_atfork([] { instance().lock_all(); }, [] { instance().unlock_all(); }, [] { instance().unlock_all(); });
  }
  void lock_all() {
    small_.mutex().lock();
    mutex_.lock();
  }
  void unlock_all() {
    mutex_.unlock();
    small_.mutex().unlock();
  }

  bool available_ = false;
  detail::SmallBlocks small_;
  std::mutex mutex_;  ///< guards large_
  detail::Spans large_;
};

namespace detail {

/// LibTorch's allocator while an ArenaScope is open in this thread; the one that was there before otherwise.
class ArenaAllocator final : public c10::Allocator {
 public:
  /// The allocator, installed at the first call.
  static ArenaAllocator& instance() {
    static ArenaAllocator* const allocator = new ArenaAllocator;
    return *allocator;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    // LibTorch's profiler is told of memory by the former allocator.
    if ((depth_ > 0 || everywhere_.load(std::memory_order_relaxed)) && bytes > 0 && !c10::memoryProfilingEnabled())
      if (void* block = arena_.available() ? arena_.allocate(bytes) : nullptr; block != nullptr)
        return {block, block, &deallocate, c10::Device(c10::DeviceType::CPU)};
    c10::DataPtr block = former_->allocate(bytes);
    if (former_deleter_ != nullptr) (void)block.compare_exchange_deleter(former_deleter_, &deallocate);
    return block;
  }
  c10::DeleterFnPtr raw_deleter() const override { return former_deleter_ == nullptr ? nullptr : &deallocate; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

  static inline constinit thread_local int depth_ = 0, steps_ = 0;
  static inline constinit std::atomic<bool> everywhere_{false};

  /// Not at every step: a training alternates with tests, and those should find the memory that they had.
  void end_of_scope() {
    constexpr int steps = 64;
    constexpr std::chrono::seconds time(2);
    if (++steps_ < steps) return;
    steps_ = 0;
    static std::atomic<std::chrono::steady_clock::rep> last{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    auto before = last.load(std::memory_order_relaxed);
    if (now - std::chrono::steady_clock::duration(before) < time) return;
    if (last.compare_exchange_strong(before, now.count(), std::memory_order_relaxed) && arena_.available())
      arena_.release_idle();
  }

 private:
  ArenaAllocator() {
    // The lowest priority that is accepted: whoever could replace the former allocator can replace this one.
    for (int p = 0; p < 256 && c10::GetCPUAllocator() != this; ++p)
      c10::SetCPUAllocator(this, static_cast<std::uint8_t>(p));
  }

  // For blocks of either kind: LibTorch frees some through raw_deallocate, whatever was open when they were made.
  static void deallocate(void* block) {
    ArenaAllocator& self = instance();
    if (self.arena_.contains(block))
      self.arena_.deallocate(block);
    else
      self.former_deleter_(block);
  }

  Arena& arena_ = Arena::instance();
  c10::Allocator* const former_ = c10::GetCPUAllocator();
  const c10::DeleterFnPtr former_deleter_ = former_->raw_deleter();
};

}  // namespace detail

/// While one lives, tensors that this thread makes lie in the arena; other threads are not concerned. Scopes nest. The
/// tensors may outlive it. The first scope of a process puts an allocator before LibTorch's own, which it forwards to
/// outside of scopes.
class ArenaScope {
 public:
  ArenaScope() : allocator_(&detail::ArenaAllocator::instance()) { ++detail::ArenaAllocator::depth_; }
  /// For a computation on a device: on one that is no CPU the host makes small tensors only, and this does nothing.
  explicit ArenaScope(c10::Device device) : allocator_(nullptr) {
    if (!device.is_cpu()) return;
    allocator_ = &detail::ArenaAllocator::instance();
    ++detail::ArenaAllocator::depth_;
  }
  ~ArenaScope() {
    if (allocator_ != nullptr && --detail::ArenaAllocator::depth_ == 0) allocator_->end_of_scope();
  }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  detail::ArenaAllocator* allocator_;
};

/// From now on all tensors of the process lie in the arena, those of all threads.
inline void install_for_process() {
  detail::ArenaAllocator::instance();
  detail::ArenaAllocator::everywhere_ = true;
}

}  // namespace tuneit
