// Of agree_main.cpp, the other file.
#include "tuneit/ranks/files_agree.hpp"

int other_file();
int other_file() { return tuneit::detail::files_with_ranks + tuneit::detail::files_without_ranks; }
