#pragma once
// The numbers of policies: each has a name, a unit and a range, and can be changed at run time. A policy lists its own
// in `knobs`; whatever it computes takes them by a pointer, in that order.
#include <array>
#include <cstddef>
#include <type_traits>

namespace tuneit {

/// One number of a policy. It must be at least `least` (more than that, if `open`) and at most `most`.
struct Knob {
  const char* name = "";  ///< as on a command line: "lr-scale"
  double value = 0;       ///< what the recipe says
  double least = 0, most = 1e300;
  bool open = false;       ///< `least` itself is not allowed
  bool whole = false;      ///< 1, 2, 3, ...
  const char* unit = "";   ///< "epochs", "steps", "" for a plain number
  const char* about = "";  ///< a few words for help

  [[nodiscard]] constexpr bool allows(double x) const {
    return (open ? x > least : x >= least) && x <= most &&
           (!whole || x == static_cast<double>(static_cast<long long>(x)));
  }
};

using Hyperparameter = Knob;

/// The knobs of a policy or an option, which it calls `knobs` or `numbers`; none where it has none.
template <class P>
inline constexpr std::array<Knob, 0> knobs_of{};
template <class P>
requires requires { P::knobs; }
inline constexpr const auto& knobs_of<P> = P::knobs;
template <class P>
requires requires {
  requires !requires { P::knobs; };
  requires std::is_same_v<std::remove_cvref_t<decltype(*P::numbers.data())>, Knob>;
  typename std::bool_constant<(P::numbers[0].value == 0 || true)>;  // it is a constant
}
inline constexpr const auto& knobs_of<P> = P::numbers;

template <class P>
inline constexpr std::size_t knob_count = knobs_of<P>.size();

namespace detail {

/// The number of a length of time; 0 for anything else, which is then refused and must make no second error.
template <class D>
constexpr int count_of() {
  if constexpr (requires { int{D::count}; }) return D::count;
  return 0;
}

/// All knobs of several policies, in order.
template <class... Ps>
constexpr auto join_knobs() {
  std::array<Knob, (std::size_t{0} + ... + knob_count<Ps>)> all{};
  std::size_t n = 0;
  [[maybe_unused]] const auto add = [&](const auto& some) {
    for (std::size_t i = 0; i < some.size(); ++i) all[n++] = some[i];
  };
  (add(knobs_of<Ps>), ...);
  return all;
}

/// Are the recipe's own numbers within their ranges?
template <class P>
constexpr bool knobs_in_range() {
  for (std::size_t i = 0; i < knob_count<P>; ++i)
    if (!knobs_of<P>[i].allows(knobs_of<P>[i].value)) return false;
  return true;
}

/// The values of knobs as the recipe has them.
template <class P>
inline constexpr auto knob_values = [] {
  std::array<double, knob_count<P> + 1> values{};  // one more: an array of none has no address
  for (std::size_t i = 0; i < knob_count<P>; ++i) values[i] = knobs_of<P>[i].value;
  return values;
}();

}  // namespace detail
}  // namespace tuneit
