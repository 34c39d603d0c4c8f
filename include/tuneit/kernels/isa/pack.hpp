#pragma once
// Short vectors of the compiler's own, as wide as the processor's registers: for kernels that hold many of them at once
// (blocks of pixels times channels), where a loop would leave the choice of registers to chance.
#include <cstring>
#include <utility>

#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"

// Before a short loop with a constant count over an array of packs: the array then lives in registers.
#if defined(__clang__)
#define TUNEIT_UNROLL _Pragma("unroll")
#else
#define TUNEIT_UNROLL _Pragma("GCC unroll 32")
#endif

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"  // nothing here is ever called: all is inlined
#endif

namespace tuneit::kernels {

/// N numbers of type F. Passed inside of a struct, since the types of vectors wider than the baseline's are no
/// arguments; every function on them is inlined.
template <class F, int N>
struct Pack {
  typedef F Vector __attribute__((vector_size(N * sizeof(F))));
  Vector v;
};

namespace detail {

template <class I, int N>
struct Lanes {
  typedef I Vector __attribute__((vector_size(N * sizeof(I))));
};

/// Each half word becomes the upper half of a word.
template <class P, class Halves, std::size_t... I>
[[gnu::always_inline]] inline void widen_halves(P& to, const Halves& halves, std::index_sequence<I...>) {
  to.v = reinterpret_cast<typename P::Vector>(
      __builtin_shufflevector(Halves{}, halves, (I % 2 ? sizeof...(I) / 2 + I / 2 : I / 2)...));
}

}  // namespace detail

template <class P, class F>
[[gnu::always_inline]] inline P splat(F x) {
  P p;
  p.v = x - typename P::Vector{};  // folded to a broadcast: x - 0 is x, even for -0
  return p;
}

/// A number from memory in every place. (GCC 12 would load a whole register first.)
template <class P, class F>
[[gnu::always_inline]] inline P broadcast(const F* from) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if constexpr (std::is_same_v<F, float> && sizeof(P) >= 32) {
    P p;
    asm("vbroadcastss %1, %0" : "=v"(p.v) : "m"(*from));
    return p;
  }
#endif
  return splat<P>(*from);
}

namespace detail {

/// GCC 12 takes a comparison apart, number by number, when its result is used twice or combined with another's. So each
/// selection has one of its own, and here the optimiser sees nothing in common.
template <class P>
[[gnu::always_inline]] inline void separate([[maybe_unused]] P& p) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  asm("" : "+v"(p.v));
#endif
}

}  // namespace detail

/// x > y ? a : b
template <class P>
[[gnu::always_inline]] inline P where_greater(const P& x, const P& y, const P& a, const P& b) {
  P left = x, chosen;
  detail::separate(left);
  chosen.v = left.v > y.v ? a.v : b.v;
  detail::separate(chosen);
  return chosen;
}

/// x == y ? a : b
template <class P>
[[gnu::always_inline]] inline P where_equal(const P& x, const P& y, const P& a, const P& b) {
  P left = x, chosen;
  detail::separate(left);
  chosen.v = left.v == y.v ? a.v : b.v;
  detail::separate(chosen);
  return chosen;
}

/// a + x * w, rounded once where the processor can.
template <class F, int N>
[[gnu::always_inline]] inline Pack<F, N> fma(const Pack<F, N>& x, const Pack<F, N>& w, const Pack<F, N>& a) {
  Pack<F, N> sum = a;
  sum.v += x.v * w.v;
  return sum;
}

template <class P, class F>
[[gnu::always_inline]] inline P load(const F* from) {
  P p;
  if constexpr (std::is_same_v<F, Bf16>) {
    constexpr int N = sizeof(p.v) / sizeof(float);
    typename detail::Lanes<std::uint16_t, N>::Vector halves;
    std::memcpy(&halves, from, sizeof(halves));
    detail::widen_halves(p, halves, std::make_index_sequence<std::size_t{2 * N}>{});
  } else {
    std::memcpy(&p.v, from, sizeof(p.v));
  }
  return p;
}

/// To numbers that T can hold, as narrow() in bf16.hpp.
template <class T, class F, int N>
[[gnu::always_inline]] inline Pack<F, N> round_to(const Pack<F, N>& p) {
  Pack<F, N> r = p;
  if constexpr (std::is_same_v<T, Bf16>) {
    using Words = typename detail::Lanes<std::uint32_t, N>::Vector;
    const Words u = reinterpret_cast<Words>(p.v);
    const Words either = p.v != p.v ? u | 0x400000u : u + 0x7fffu + (u >> 16 & 1u);
    r.v = reinterpret_cast<typename Pack<F, N>::Vector>(either & 0xffff0000u);
  }
  return r;
}

/// As narrow() in bf16.hpp.
template <class T, class F, int N>
[[gnu::always_inline]] inline void store(T* to, const Pack<F, N>& p) {
  if constexpr (std::is_same_v<T, Bf16>) {
    using Words = typename detail::Lanes<std::uint32_t, N>::Vector;
    const Words u = reinterpret_cast<Words>(p.v);
    const Words rounded = (u + 0x7fffu + (u >> 16 & 1u)) >> 16, nan = u >> 16 | 0x40u;
    const Words either = p.v != p.v ? nan : rounded;
    using Halves = typename detail::Lanes<std::uint16_t, N>::Vector;
    const Halves halves = __builtin_convertvector(either, Halves);
    std::memcpy(to, &halves, sizeof(halves));
  } else {
    std::memcpy(to, &p.v, sizeof(p.v));
  }
}

namespace detail {

/// Fewer numbers than 2 Part, by copies of constant size: a call of memcpy costs as much as a whole row's kernel.
template <int Part, class T>
[[gnu::always_inline]] inline void copy_lanes(T* to, const T* from, int lanes) {
  if ((lanes & Part) != 0) {
    std::memcpy(to, from, std::size_t{Part} * sizeof(T));
    to += Part, from += Part;
  }
  if constexpr (Part > 1) copy_lanes<Part / 2>(to, from, lanes);
}

}  // namespace detail

/// The first `lanes` numbers; the others are 0.
template <class P, class T>
[[gnu::always_inline]] inline P load(const T* from, int lanes) {
  constexpr int N = sizeof(P) / sizeof(Compute<T>);
  if (lanes == N) [[likely]]
    return load<P>(from);
  T some[std::size_t{N}] = {};
  detail::copy_lanes<N / 2>(some, from, lanes);
  return load<P>(some);
}

template <class T, class F, int N>
[[gnu::always_inline]] inline void store(T* to, const Pack<F, N>& p, int lanes) {
  if (lanes == N) [[likely]]
    return store(to, p);
  T some[std::size_t{N}];
  store(some, p);
  detail::copy_lanes<N / 2>(to, static_cast<const T*>(some), lanes);
}

/// body(std::integral_constant<int, bytes of this processor's widest register>).
template <class Body>
void with_register_size(const Body& body) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (isa() == Isa::Avx512) return body(std::integral_constant<int, 64>{});
  body(std::integral_constant<int, 32>{});
#else
  body(std::integral_constant<int, 16>{});
#endif
}

/// kernel(), compiled for processors with registers of this size; its call operator must be [[gnu::always_inline]].
template <int Bytes, class Kernel>
void compiled_for(const Kernel& kernel) {
#if defined(__x86_64__) && defined(__GNUC__)
  if constexpr (Bytes == 64) return detail::run_avx512(kernel);
  if constexpr (Bytes == 32) return detail::run_avx2(kernel);
#endif
  if constexpr (Bytes == 16) detail::run_plain(kernel);
}

}  // namespace tuneit::kernels

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
