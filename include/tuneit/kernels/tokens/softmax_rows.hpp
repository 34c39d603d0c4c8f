#pragma once
// Rows of attention's softmax in single precision, by registers of so many bytes: loops over short arrays would go
// through memory. With dropout 1.8 ns a score instead of 2.3 (128 tokens), 3.4 instead of 6.5 (59; measured with
// AVX-512).
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tuneit/kernels/isa/pack.hpp"
#include "tuneit/kernels/tokens/random.hpp"

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"  // nothing here is ever called: all is inlined
#endif

namespace tuneit::kernels::detail {

/// exp(x) for x <= 0; relative error under 2e-7. Below -87 it is 0: numbers that small cost time in products.
template <class P, int N = sizeof(P) / 4>
[[gnu::always_inline]] inline P exp_of(const P& from) {
  using Words = typename Lanes<std::uint32_t, N>::Vector;
  const P low = splat<P>(-87.0F), zero = splat<P>(0.0F);
  const P x = where_greater(low, from, low, from);
  constexpr float magic = 12582912.0F;  // 1.5 * 2^23: rounds to a whole number
  P shifted, n, r, p;
  shifted.v = x.v * 1.44269504F + magic;
  n.v = shifted.v - magic;
  r.v = (x.v - n.v * 0.693359375F) + n.v * 2.12194440e-4F;
  p.v = 1.9875691500e-4F * r.v + 1.3981999507e-3F;
  p.v = p.v * r.v + 8.3334519073e-3F;
  p.v = p.v * r.v + 4.1665795894e-2F;
  p.v = p.v * r.v + 1.6666665459e-1F;
  p.v = p.v * r.v + 5.0000001201e-1F;
  p.v = p.v * r.v * r.v + r.v + 1.0F;
  const Words bits = (reinterpret_cast<Words>(shifted.v) << 23) + (127U << 23);  // 2^n
  p.v = p.v * reinterpret_cast<typename P::Vector>(bits);
  return where_greater(low, from, zero, p);
}

/// Each lane beside the one whose number differs in one bit.
template <int Step, class P, std::size_t... I>
[[gnu::always_inline]] inline P exchanged(const P& p, std::index_sequence<I...>) {
  P other;
  other.v = __builtin_shufflevector(p.v, p.v, (I ^ std::size_t{Step})...);
  return other;
}
/// All lanes together, in each of them.
template <class P, int Step = static_cast<int>(sizeof(P) / 8)>
[[gnu::always_inline]] inline P sum_of(const P& p) {
  P both = exchanged<Step>(p, std::make_index_sequence<sizeof(P) / 4>{});
  both.v = p.v + both.v;
  if constexpr (Step > 1)
    return sum_of<P, Step / 2>(both);
  else
    return both;
}
template <class P, int Step = static_cast<int>(sizeof(P) / 8)>
[[gnu::always_inline]] inline P largest_of(const P& p) {
  P other = exchanged<Step>(p, std::make_index_sequence<sizeof(P) / 4>{});
  other = where_greater(other, p, other, p);
  if constexpr (Step > 1)
    return largest_of<P, Step / 2>(other);
  else
    return other;
}

/// What stands behind a row's end.
inline constexpr float no_score = -3e38F;

/// v, with room for whole registers, becomes the probabilities of the scores of a row, of which the first `seen` count:
/// the others are 0. hidden: what is added to scores, or null.
template <int Bytes, class T>
[[gnu::always_inline]] inline void softmax_row(const T* scores, float* v, std::int64_t n, std::int64_t seen,
                                               const float* hidden, float scale) {
  constexpr int N = Bytes / 4;
  using P = Pack<float, N>;
  P most = splat<P>(no_score);
  const P by = splat<P>(scale);
  for (std::int64_t i = 0; i < seen; i += N) {
    const int lanes = static_cast<int>(std::min<std::int64_t>(seen - i, N));
    P x = load<P>(scores + i, lanes);
    x.v = x.v * by.v;
    if (hidden != nullptr) x.v = x.v + load<P>(hidden + i, lanes).v;
    store(v + i, x);
    if (lanes < N) {
      for (int l = lanes; l < N; ++l) v[i + l] = no_score;
      x = load<P>(v + i);
    }
    most = where_greater(x, most, x, most);
  }
  const P high = largest_of(most);
  P sum = splat<P>(0.0F);
  for (std::int64_t i = 0; i < seen; i += N) {
    P x = load<P>(v + i);
    x.v = x.v - high.v;
    x = exp_of(x);
    sum.v = sum.v + x.v;
    store(v + i, x);
  }
  P factor = sum_of(sum);
  factor.v = 1.0F / factor.v;
  for (std::int64_t i = 0; i < seen; i += N) {
    P x = load<P>(v + i);
    x.v = x.v * factor.v;
    store(v + i, x);
  }
  for (std::int64_t i = (seen + N - 1) / N * N; i < n; i += N) store(v + i, splat<P>(0.0F));
}

/// A row of probabilities goes out: with a minus sign what is dropped, and to `left` what is not.
template <int Bytes, class T>
[[gnu::always_inline]] inline void drop_probabilities(const float* v, T* row, T* left, std::int64_t n, RowKey key,
                                                      std::uint32_t share) {
  constexpr int N = Bytes / 4;
  constexpr std::int64_t half = lots_at_once / 2;
  using P = Pack<float, N>;
  using Bits = typename Lanes<std::int32_t, N>::Vector;
  using Words = typename Lanes<std::uint32_t, N>::Vector;
  std::uint32_t counter = 0;
  const auto put = [&](std::int64_t at, const Bits& dropped) __attribute__((always_inline)) {
    const int lanes = static_cast<int>(std::min<std::int64_t>(n - at, N));
    if (lanes <= 0) return;
    const P x = load<P>(v + at);
    P is, kept;
    is.v = reinterpret_cast<typename P::Vector>(reinterpret_cast<Words>(x.v) ^
                                                (reinterpret_cast<Words>(dropped) & 0x80000000U));
    kept.v = reinterpret_cast<typename P::Vector>(reinterpret_cast<Bits>(x.v) & ~dropped);
    store(row + at, is, lanes);
    store(left + at, kept, lanes);
  };
  for (std::int64_t at = 0; at < n; at += lots_at_once, counter += half)
    for (int l = 0; l < half; l += N) {
      Bits low, high;
      drops_of<N>(key, counter + static_cast<std::uint32_t>(l), share, low, high);
      put(at + l, low);
      put(at + half + l, high);
    }
}
template <int Bytes, class T>
[[gnu::always_inline]] inline void put_probabilities(const float* v, T* row, std::int64_t n) {
  constexpr int N = Bytes / 4;
  using P = Pack<float, N>;
  for (std::int64_t i = 0; i < n; i += N)
    store(row + i, load<P>(v + i), static_cast<int>(std::min<std::int64_t>(n - i, N)));
}

/// dy becomes the gradient by the scores.
template <int Bytes, class T>
[[gnu::always_inline]] inline void softmax_row_backward(const T* signed_ones, T* dy, std::int64_t n, float scale,
                                                        float up) {
  constexpr int N = Bytes / 4;
  using P = Pack<float, N>;
  using Bits = typename Lanes<std::int32_t, N>::Vector;
  const P zero = splat<P>(0.0F), larger = splat<P>(up), by = splat<P>(scale);
  const auto gradient = [&](const P& p, const P& d) __attribute__((always_inline)) {
    P g;
    g.v = d.v * larger.v;
    return where_greater(p, zero, g, zero);
  };
  P sum = zero;
  for (std::int64_t i = 0; i < n; i += N) {
    const int lanes = static_cast<int>(std::min<std::int64_t>(n - i, N));
    const P p = load<P>(signed_ones + i, lanes), g = gradient(p, load<P>(dy + i, lanes));
    sum = fma(p, g, sum);
  }
  const P mean = sum_of(sum);
  for (std::int64_t i = 0; i < n; i += N) {
    const int lanes = static_cast<int>(std::min<std::int64_t>(n - i, N));
    const P p = load<P>(signed_ones + i, lanes), g = gradient(p, load<P>(dy + i, lanes));
    P d;
    d.v = reinterpret_cast<typename P::Vector>(reinterpret_cast<Bits>(p.v) & 0x7fffffff);
    d.v = d.v * (g.v - mean.v) * by.v;
    store(dy + i, d, lanes);
  }
}

}  // namespace tuneit::kernels::detail

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
