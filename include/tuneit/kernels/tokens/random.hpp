#pragma once
// Random numbers by counting: each is a function of a key, a row and a place in it, so that the number of threads says
// nothing and a mask can be drawn again. 16 bits decide whether a number is dropped.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tuneit/kernels/isa/pack.hpp"

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"  // nothing here is ever called: all is inlined
#endif

namespace tuneit::kernels {

/// What is dropped: with the probability `share` / 65536. 0: nothing.
struct Dropping {
  std::uint64_t key = 0;
  std::uint32_t share = 0;

  Dropping() = default;
  Dropping(std::uint64_t k, double probability)
      : key(k), share(static_cast<std::uint32_t>(probability * 65536 + 0.5)) {}
  /// What is kept is larger by as much as keeps the mean.
  [[nodiscard]] double scale() const { return 65536.0 / (65536.0 - static_cast<double>(share)); }
};

namespace detail {

/// Two words for a row (splitmix64, public domain by S. Vigna).
struct RowKey {
  std::uint32_t a, b;
};
[[gnu::always_inline]] inline RowKey row_key(std::uint64_t key, std::int64_t row) {
  std::uint64_t z = key + 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(row) + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return {static_cast<std::uint32_t>(z), static_cast<std::uint32_t>(z >> 32)};
}

/// Places of a row come in blocks of 32: each word has the lots of the places `lane` and `lane + 16` of its block.
inline constexpr std::int64_t lots_at_once = 32;

/// A word of a row: a mixer of 32 bits (lowbias32, public domain by C. Wellons), with the second key in its middle.
[[gnu::always_inline]] inline std::uint32_t two_lots(RowKey k, std::uint32_t counter) {
  std::uint32_t x = counter * 0x9e3779b9u + k.a;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = ((x ^ (x >> 15)) + k.b) * 0x846ca68bu;
  return x ^ (x >> 16);
}

template <int N>
struct Counters {
  std::uint32_t of[std::size_t{N}];
  constexpr Counters() : of() {
    for (int l = 0; l < N; ++l) of[l] = static_cast<std::uint32_t>(l);
  }
};
template <int N>
inline constexpr Counters<N> counters{};
/// The same of N words side by side, from `counter` on: all bits are 1 where a place is dropped; low: of the places
/// `lane`, high: of `lane + 16`.
template <int N>
[[gnu::always_inline]] inline void drops_of(RowKey k, std::uint32_t counter, std::uint32_t share,
                                            typename Lanes<std::int32_t, N>::Vector& low,
                                            typename Lanes<std::int32_t, N>::Vector& high) {
  using Words = typename Lanes<std::uint32_t, N>::Vector;
  using Signed = typename Lanes<std::int32_t, N>::Vector;
  Words x;
  std::memcpy(&x, counters<N>.of, sizeof(x));
  x = (x + counter) * 0x9e3779b9u + k.a;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = ((x ^ (x >> 15)) + k.b) * 0x846ca68bu;
  x = x ^ (x >> 16);
  const auto of = static_cast<std::int32_t>(share);
  low = (reinterpret_cast<Signed>(x & 0xffffu) - of) >> 31;
  high = (reinterpret_cast<Signed>(x >> 16) - of) >> 31;
}

}  // namespace detail
}  // namespace tuneit::kernels

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
