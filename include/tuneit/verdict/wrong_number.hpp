#pragma once
// Which number of a policy is outside of its range, and what may it be? Asked only while a refusal is being reported:
// it looks at the numbers of the policy and of its options.
#include <cstddef>
#include <type_traits>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"

namespace tuneit {

/// A number of a policy: its name (as on a command line), what it is, and what it must be.
template <fixed_string Name, double Is, class Must>
struct NumberIs {};

/// What a number must be. In a namespace of their own: their names are short, since messages repeat them, and general.
namespace be {
template <double Bound>
struct Over {};  ///< more than Bound
template <double Least>
struct Min {};
template <double Bound, double Most>
struct OverTo {};  ///< more than Bound, at most Most
template <double Least, double Most>
struct In {};  ///< both ends included
template <double Least, double Bound>
struct InUnder {};  ///< at least Least, less than Bound
template <double Least>
struct Whole {};  ///< a whole number, at least Least
}  // namespace be

namespace detail {

constexpr std::size_t length_of(const char* text) {
  std::size_t n = 0;
  while (text[n] != '\0') ++n;
  return n;
}

/// The first said of T with a value that it does not allow; negative: there is none.
template <class T>
constexpr int wrong_number() {
  if constexpr (requires { T::numbers.data()->value; }) {
    int i = 0;
    for (const auto& k : T::numbers) {
      if (!k.allows(k.value)) return i;
      ++i;
    }
  }
  return -1;
}

/// Does T have a 0 where it must have more? So ends 1 / 10, which is 0 between whole numbers.
template <class T>
constexpr bool has_zero() {
  bool found = false;
  if constexpr (requires { T::numbers.data()->value; })
    for (const auto& k : T::numbers) found = found || (k.value == 0 && k.open && k.least == 0 && !k.whole);
  if constexpr (requires { T::value == 0.0; }) found = found || T::value == 0.0;  // options of losses
  if constexpr (requires { T::values.size(); })
    for (const double x : T::values) found = found || x == 0;
  return found;
}

template <class T, int I>
struct SaidOf {
  static constexpr auto said = T::numbers[I];
  using low = std::conditional_t<said.open, be::Over<said.least>, be::Min<said.least>>;
  using both = std::conditional_t<said.open, be::OverTo<said.least, said.most>, be::In<said.least, said.most>>;
  using must = std::conditional_t<said.whole, be::Whole<said.least>, std::conditional_t<(said.most < 1e9), both, low>>;
  using type = NumberIs<fixed_string<length_of(said.name) + 1>(said.name, length_of(said.name)), said.value, must>;
};
template <class T>
struct SaidOf<T, -1> {
  using type = void;
};
/// What is no number that can be changed says it itself: `static constexpr bool in_range`, and in `using number_is`
/// something whose `type` is a NumberIs, so that nobody makes one who is not refused.
template <class T>
concept SaysItsNumber = requires {
  typename T::number_is;
  requires !T::in_range;
};
template <SaysItsNumber T>
struct SaidOf<T, -1> {
  using type = typename T::number_is::type;
};
// The first of these that has a wrong number says it; void: none has.
template <class... Ts>
struct FirstSaid {
  using type = void;
};
template <class T, class... Rest>
struct FirstSaid<T, Rest...> {
  using own = typename SaidOf<T, wrong_number<T>()>::type;
  using type = typename std::conditional_t<std::is_void_v<own>, FirstSaid<Rest...>, Type<own>>::type;
};

/// What is wrong with the numbers of a policy and its options.
template <class P>
struct WrongNumberOf : FirstSaid<P> {
  static constexpr bool zero = has_zero<P>();
};
template <template <class...> class P, class... Options>
struct WrongNumberOf<P<Options...>> : FirstSaid<P<Options...>, Options...> {
  static constexpr bool zero = has_zero<P<Options...>>() || (has_zero<Options>() || ...);
};

}  // namespace detail
}  // namespace tuneit
