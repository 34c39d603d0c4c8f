#pragma once
// Where does the arena's memory come from? A range of addresses that is reserved once, becomes usable from its
// beginning on, and whose unused parts go back to the system. No LibTorch.
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tuneit::detail {

/// The unit in which memory is taken from and given back to the system: a huge page of x86-64.
inline constexpr std::size_t frame_bytes = std::size_t{2} << 20;

constexpr std::size_t round_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

/// May this process reserve far more addresses than it will use? Not under a limit of addresses (ulimit -v), in 32
/// bits, or with a sanitizer that wants to see every block.
inline bool may_reserve() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
  return false;
#endif
#endif
  rlimit limit{};
  return sizeof(void*) >= 8 && ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
#endif
}

/// Addresses without memory behind them, aligned to frames, never unmapped. Not thread-safe.
class ReservedRange {
 public:
  /// False where the system refuses.
  bool reserve(std::size_t bytes, bool huge_pages) {
    bytes = round_up(bytes, frame_bytes);
    void* found = ::mmap(nullptr, bytes + frame_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) return false;
    begin_ = round_up(reinterpret_cast<std::uintptr_t>(found), frame_bytes);
    bytes_ = bytes;
#ifdef MADV_HUGEPAGE
    if (huge_pages) ::madvise(at(0), bytes_, MADV_HUGEPAGE);  // a wish: without huge pages it works as well
#endif
    return true;
  }

  /// Makes at least the first `bytes` usable, in steps, so that the system is asked rarely. False: there are no more.
  bool commit(std::size_t bytes) {
    if (bytes <= committed_) return true;
    if (bytes > bytes_) return false;
    constexpr std::size_t stride = 16 * frame_bytes;
    for (const std::size_t unit : {stride, frame_bytes}) {  // near a limit the last frame is better than nothing
      std::size_t end = round_up(bytes, unit);
      if (end > bytes_) end = bytes_;
      if (::mprotect(at(committed_), end - committed_, PROT_READ | PROT_WRITE) != 0) continue;
      committed_ = end;
      return true;
    }
    return false;
  }

  /// Gives the memory of these frames back; they read as zeros when they are touched again.
  void give_back(std::size_t offset, std::size_t bytes) { ::madvise(at(offset), bytes, MADV_DONTNEED); }

  [[nodiscard]] char* at(std::size_t offset) const { return reinterpret_cast<char*>(begin_ + offset); }
  [[nodiscard]] bool contains(const void* p) const { return reinterpret_cast<std::uintptr_t>(p) - begin_ < bytes_; }
  [[nodiscard]] std::size_t offset(const void* p) const { return reinterpret_cast<std::uintptr_t>(p) - begin_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }
  [[nodiscard]] std::size_t committed() const { return committed_; }

 private:
  std::uintptr_t begin_ = 0;
  std::size_t bytes_ = 0, committed_ = 0;
};

}  // namespace tuneit::detail
