#pragma once
// A hash of what a type of a recipe says: of names, and of numbers by the bits of a double. From the types, since
// compilers print numbers differently (clang 1e-3 with six digits).
#include <cstdint>

#include "tuneit/recipe/algebra/said.hpp"

namespace tuneit::detail {

/// FNV-1a (Fowler, Noll, Vo; 64 bits).
constexpr std::uint64_t hash_text(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return h;
}
constexpr std::uint64_t hash_on(std::uint64_t h, std::uint64_t x) {
  for (unsigned i = 0; i < 8; ++i) h = (h ^ (x >> 8 * i & 255U)) * 0x100000001b3U;
  return h;
}
/// The end of SplitMix64 (Steele et al. 2014): what is added up must not cancel out.
constexpr std::uint64_t stirred(std::uint64_t h) {
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
  return h ^ (h >> 31);
}

/// Of a double; 0 and -0 are one.
constexpr std::uint64_t bits_of(double x) { return __builtin_bit_cast(std::uint64_t, x + 0.0); }

/// Is a double all that a number says? Not of a large integer.
template <class V>
constexpr bool fits_in_double(V x) {
  if constexpr (std::is_integral_v<V> && sizeof(V) == 8)
    return x < (V{1} << 53) && (std::is_unsigned_v<V> || x > -(V{1} << 53));
  return true;
}
template <class V>
constexpr std::uint64_t hash_value(const V& x) {
  if constexpr (std::is_arithmetic_v<V>) {
    if (fits_in_double(x)) return hash_on(1, bits_of(static_cast<double>(x)));
    return hash_on(2, static_cast<std::uint64_t>(x));
  } else if constexpr (std::is_enum_v<V>) {
    return hash_on(hash_on(3, hash_text(spelled<V>())), static_cast<std::uint64_t>(x));
  } else {
    return hash_on(4, hash_text({x.data(), x.size()}));
  }
}

template <class T>
constexpr std::uint64_t hash_type();
template <class T>
inline constexpr std::uint64_t hash_of = hash_type<T>();
template <auto X>
inline constexpr std::uint64_t hash_of<Value<X>> = hash_value(X);

template <class T, class... As>
constexpr std::uint64_t hash_arguments(Arguments<As...>) {
  std::uint64_t h = hash_on(hash_text(spelled<T>()), has_arguments<T>() ? 1 : 0), sum = 0;
  std::size_t i = 0;
  [[maybe_unused]] const auto one = [&](std::uint64_t x) {
    if (i++ < unordered_from<T>)
      h = hash_on(h, x);
    else
      sum += stirred(x);
  };
  (one(hash_of<As>), ...);
  return hash_on(h, sum);
}
template <class T>
constexpr std::uint64_t hash_type() {
  return detail::hash_arguments<T>(said_arguments<T>{});
}

template <class O, class... Ds>
constexpr bool is_among(List<Ds...>) {
  return ((hash_of<O> == hash_of<Ds>) || ...);
}

}  // namespace tuneit::detail
