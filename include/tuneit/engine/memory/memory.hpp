#pragma once
// How much memory did something take, and how often did it have to ask the system for it?
#include <cstdint>
#include <string>

#include <sys/resource.h>

#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/meta/columns.hpp"

namespace tuneit {

/// What a stretch of a program took: bytes of the arena, and page faults and resident memory of the whole process.
struct MemoryReport {
  ArenaStatistics arena;
  std::int64_t minor_faults = 0, major_faults = 0;  ///< pages that the system had to provide; major: from a disk
  std::int64_t peak_resident = 0;                   ///< since the process began

  /// One line for people.
  [[nodiscard]] std::string text() const {
    const auto bytes = [](std::size_t n) { return bytes_text(static_cast<std::int64_t>(n)); };
    return "memory: tensors at most " + bytes(arena.peak_bytes) + " in an arena of " + bytes(arena.touched_bytes) +
           ", process at most " + bytes_text(peak_resident) + "; " + std::to_string(minor_faults) + " page faults" +
           (major_faults > 0 ? ", " + std::to_string(major_faults) + " from disk" : "");
  }
};

/// Begins to count. `report()` says what happened since; it can be asked several times.
class MemoryMark {
 public:
  MemoryMark() { Arena::instance().restart_peak(); }

  [[nodiscard]] MemoryReport report() const {
    const rusage now = usage();
    return {Arena::instance().statistics(), now.ru_minflt - begin_.ru_minflt, now.ru_majflt - begin_.ru_majflt,
            std::int64_t{now.ru_maxrss} * 1024};
  }

 private:
  static rusage usage() {
    rusage out{};
    ::getrusage(RUSAGE_SELF, &out);
    return out;
  }
  rusage begin_ = usage();
};

}  // namespace tuneit
