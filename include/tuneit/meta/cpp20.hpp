#pragma once
// What a compiler in an older mode is told, once, by the headers that users include. These have nothing else for it:
// the rest of them would be hundreds of errors that bury this one.
#if __cplusplus < 202002L
#error "tuneit needs C++20: compile with -std=c++20 (in CMake set(CMAKE_CXX_STANDARD 20), or link to tuneit::tuneit)"
#endif
