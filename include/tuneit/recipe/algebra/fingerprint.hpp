#pragma once
// A number for what a recipe says: equal for equal recipes, whatever the order of their policies and the compiler.
// 64 bits: whoever compares a million recipes meets two that are equal by accident once in 37 million such comparisons
// (n^2 / 2^65), it is a constant of a standard type, and it fits into a file name.
#include <string>

#include "tuneit/recipe/algebra/canonical.hpp"
#include "tuneit/recipe/algebra/members.hpp"

namespace tuneit {

/// A hash, as a number and in hexadecimal digits. Called with settings it is that of the recipe under them.
struct Fingerprint {
  std::uint64_t value = 0;
  std::uint64_t (*under)(std::uint64_t, const Settings&) = nullptr;  ///< null of a recipe that is refused

  constexpr operator std::uint64_t() const { return value; }
  /// With the numbers that were changed at run time on top; itself where none was. The seed, the device and what is
  /// cached are those of a run and do not count.
  constexpr Fingerprint operator()(const Settings& s) const {
    return under == nullptr ? *this : Fingerprint{under(value, s), under};
  }
  constexpr bool operator==(const Fingerprint& other) const { return value == other.value; }

  /// 16 digits.
  [[nodiscard]] std::string hex() const {
    std::string text;
    for (unsigned i = 0; i < 16; ++i) text += "0123456789abcdef"[value >> (60 - 4 * i) & 15U];
    return text;
  }
};

namespace detail {

/// Of a number: whose it is, which of its owner's, and what it is now.
constexpr std::uint64_t hash_number(std::uint64_t owner, std::size_t i, double value) {
  return stirred(hash_on(hash_on(owner, i), bits_of(value)));
}
template <class... Ps>
constexpr std::uint64_t hash_changed(List<Ps...>, std::uint64_t where, const double*& now, const double*& said) {
  std::uint64_t sum = 0;
  [[maybe_unused]] const auto one = [&](std::uint64_t owner, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++now, ++said)
      if (*now != *said) sum += hash_number(hash_on(owner, where), i, *now);
  };
  (one(hash_of<Ps>, number_count<Ps>), ...);
  return sum;
}
template <class... Phases>
constexpr std::uint64_t hash_phases(List<Phases...>, const double*& now, const double*& said) {
  std::uint64_t sum = 0, where = 0;
  const auto one = [&]<class P>(Type<P>) {
    ++where;
    if (*now != *said) sum += hash_number(hash_on(1, where), 0, *now);
    ++now, ++said;
    sum += hash_changed(typename P::numbered{}, where, now, said);
  };
  (one(Type<Phases>{}), ...);
  return sum;
}
/// The numbers of R that are not as the recipe says, on top of its fingerprint.
template <class R>
constexpr std::uint64_t hash_under(std::uint64_t h, const Settings& s) {
  const Settings own = defaults<R>();
  std::uint64_t sum = 0;
  std::size_t member = 0;  // by number: g++ 12 warns of names that are compared and hashed in one loop
  for_each_member(own, [&](const auto name, const auto& said) {
    const std::size_t mine = member++;
    if (name == "epochs" && !std::is_void_v<typename R::phased>) return;  // theirs together
    std::size_t other = 0;
    for_each_member(s, [&](const auto, const auto& now) {
      if (other++ == mine && static_cast<double>(now) != static_cast<double>(said))
        sum += hash_number(hash_text(name), 0, static_cast<double>(now));
    });
  });
  const double *now = s.values.data(), *said = own.values.data();
  sum += hash_changed(typename R::common{}, 0, now, said);
  if constexpr (!std::is_void_v<typename R::phased>) sum += hash_phases(typename R::phases::list{}, now, said);
  return sum == 0 ? h : hash_on(h, sum);
}

template <class R>
constexpr Fingerprint make_fingerprint() {
  static_assert(reported<fingerprint_verdict<R>>());
  if constexpr (!fingerprint_verdict<R>::accepted)
    return {};
  else if constexpr (!verdict<R>::accepted)
    return {stirred(hash_of<plain_t<R>>)};
  else
    return {stirred(hash_of<plain_t<R>>), &hash_under<R>};
}

}  // namespace detail

/// A hash of what the recipe says, as a constant: of names without namespaces and of numbers as doubles. 10 and 10.0
/// are one, so are default arguments that are written and left out, and a recipe with a name of its own and its base. A
/// type without arguments is its name, whatever it is derived from. With numbers that were changed at run time:
/// `fingerprint<R>(settings)`.
template <class R>
inline constexpr Fingerprint fingerprint = detail::make_fingerprint<R>();

}  // namespace tuneit
