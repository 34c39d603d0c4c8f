#pragma once
// Are all files of a program compiled with TUNEIT_RANKS, or none? Trainers of the two are other types of the same name,
// of which the linker keeps one.
#include "tuneit/meta/error.hpp"

namespace tuneit::detail {

inline int files_with_ranks = 0, files_without_ranks = 0;
#ifdef TUNEIT_RANKS
[[maybe_unused]] static const int file_of_ranks = ++files_with_ranks;
#else
[[maybe_unused]] static const int file_of_ranks = ++files_without_ranks;
#endif

/// Throws Error(Usage) where some are and some are not.
[[gnu::cold, gnu::noinline]] inline void check_files_agree() {
  if (files_with_ranks > 0 && files_without_ranks > 0)
    throw Error(
        ErrorKind::Usage, "some files of this program are compiled with TUNEIT_RANKS, and others without",
        "All of them link with target tuneit::ranks (which defines it), libraries of the program too, or none.");
}

}  // namespace tuneit::detail
