#pragma once
// Run a kernel in the widest vector instructions that this processor has, whatever the flags of the translation unit.
// A kernel is plain loops in always_inline functions; they are compiled once for each instruction set, inside the
// functions below, and vectorised by the compiler.

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#endif

// Before an innermost loop whose iterations do not depend on each other: no test for overlapping pointers.
#if defined(__clang__)
#define TUNEIT_INDEPENDENT _Pragma("clang loop vectorize(assume_safety) interleave(enable)")
#elif defined(__GNUC__)
#define TUNEIT_INDEPENDENT _Pragma("GCC ivdep")
#else
#define TUNEIT_INDEPENDENT
#endif

#if defined(__GNUC__) && !defined(__clang__)
#define TUNEIT_OPTIMIZED gnu::optimize("O3"),
#else
#define TUNEIT_OPTIMIZED
#endif

namespace tuneit::kernels {

namespace detail {

#if defined(__x86_64__) && defined(__GNUC__)
template <class Kernel>
[[ TUNEIT_OPTIMIZED gnu::noinline, gnu::target("arch=x86-64-v4") ]] void run_avx512(const Kernel& kernel) {
  kernel();
}
template <class Kernel>
[[ TUNEIT_OPTIMIZED gnu::noinline, gnu::target("arch=x86-64-v3") ]] void run_avx2(const Kernel& kernel) {
  kernel();
}
#endif
template <class Kernel>
[[gnu::noinline]] void run_plain(const Kernel& kernel) {
  kernel();
}

}  // namespace detail

enum class Isa { Plain, Avx2, Avx512 };

/// For tests: kernels use nothing wider.
inline Isa& widest_isa() {
  static Isa widest = Isa::Avx512;
  return widest;
}

/// What this processor has.
inline Isa isa() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const Isa best = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
                              ? Isa::Avx512
                          : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Isa::Avx2
                                                                                            : Isa::Plain;
  return best < widest_isa() ? best : widest_isa();
#else
  return Isa::Plain;
#endif
}

/// Does this processor multiply bfloat16 (AVX512_BF16, or AMX, which comes with it)?
inline bool has_bfloat16_products() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool has = __builtin_cpu_supports("avx512bf16");
  return has;
#else
  return false;
#endif
}

/// Does this processor multiply tiles of bfloat16 (AMX)? Libraries that use them are far ahead of vectors.
inline bool has_bfloat16_tiles() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 22 & 1u) != 0;
  }();
  return has;
#else
  return false;
#endif
}

/// Can kernels run here? On x86 they are compiled for AVX2 and AVX-512 alone, which saves a third of their compile
/// time: a processor without takes ATen's operators instead, and nothing below may be called on it.
inline bool has_vectors() {
#if defined(__x86_64__) && defined(__GNUC__)
  return isa() != Isa::Plain;
#else
  return true;
#endif
}

/// Calls kernel(), a lambda whose call operator is [[gnu::always_inline]]: `vectorized([&]() __attribute__((
/// always_inline)) { ... })`.
template <class Kernel>
inline void vectorized(const Kernel& kernel) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (isa() == Isa::Avx512) return detail::run_avx512(kernel);
  detail::run_avx2(kernel);
#else
  detail::run_plain(kernel);
#endif
}

}  // namespace tuneit::kernels
