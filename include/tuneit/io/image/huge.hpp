#pragma once
// How much memory may pictures take that are decoded at the same time?
#include <cstdint>
#include <mutex>

namespace tuneit::io {

/// Images of more pixels than this are huge: one whose file asks for more is judged by its file's size, too.
inline constexpr std::uint64_t kHugePixels = std::uint64_t{1} << 24U;

/// While one of these lives in a thread, that thread waits with a huge picture until no other such thread has one, from
/// its header on until the object is gone. So any number of threads stay within a budget: decoding takes at most 11
/// bytes a pixel (TIFF of four samples of 16 bits in one strip; most take 3 to 7), which is 1 GB for the one huge
/// picture of kMaxImagePixels and 185 MB for each other thread, and the bytes of the files besides. Without it, as in
/// a program that decodes by itself, nobody waits. Objects within objects of the same thread do nothing.
class OneHugeAtATime {
 public:
  OneHugeAtATime() {
    if (current() == nullptr) current() = this;
  }
  ~OneHugeAtATime() {
    if (current() == this) current() = nullptr;
  }
  OneHugeAtATime(const OneHugeAtATime&) = delete;
  OneHugeAtATime& operator=(const OneHugeAtATime&) = delete;

  /// Called by the decoders before they allocate.
  static void await(std::uint64_t pixels) {
    OneHugeAtATime* const here = current();
    if (pixels <= kHugePixels || here == nullptr || here->turn_.owns_lock()) return;
    here->turn_ = std::unique_lock(mutex());
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static OneHugeAtATime*& current() {
    static thread_local OneHugeAtATime* of_thread = nullptr;
    return of_thread;
  }
  std::unique_lock<std::mutex> turn_;
};

}  // namespace tuneit::io
