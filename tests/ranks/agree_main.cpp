// A program of two files: says whether both are compiled with TUNEIT_RANKS, or neither.
#include <cstdio>

#include "tuneit/ranks/files_agree.hpp"

int other_file();

int main() {
  try {
    tuneit::detail::check_files_agree();
  } catch (const tuneit::Error& e) {
    std::puts(e.what());
    return 1;
  }
  std::printf("%d files agree\n", other_file());
  return 0;
}
