#pragma once
// Compile a function for AVX2, whatever the flags of the translation unit, and ask whether it may be called.

#if defined(__x86_64__) && defined(__clang__)
#define TUNEIT_AVX2 [[gnu::target("avx2"), gnu::noinline]]
#elif defined(__x86_64__) && defined(__GNUC__)
#define TUNEIT_AVX2 [[gnu::target("avx2"), gnu::optimize("O3"), gnu::noinline]]
#endif

namespace tuneit::io::detail {

#if defined(TUNEIT_AVX2)
inline bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}
#endif

}  // namespace tuneit::io::detail
