#pragma once
// The numbers of policies: each has a name, a unit and a range, and can be changed at run time. A policy lists its own
// in `numbers`; whatever it computes takes them by a pointer, in that order.
#include <array>
#include <cstddef>
#include <type_traits>

namespace tuneit {

/// One number of a policy. It must be at least `least` (more than that, if `open`) and at most `most`.
struct Hyperparameter {
  const char* name = "";  ///< as on a command line: "lr-scale"
  double value = 0;       ///< what the recipe says
  double least = 0, most = 1e300;
  bool open = false;            ///< `least` itself is not allowed
  bool whole = false;           ///< 1, 2, 3, ...
  const char* unit = "";        ///< "epochs", "steps", "" for a plain number
  const char* about = "";       ///< a few words for help
  const char* label = nullptr;  ///< its name in `explain`, of an optimizer's; null: as on a command line, "": unsaid
  bool moves = false;           ///< a schedule that moves the momentum moves it

  [[nodiscard]] constexpr bool allows(double x) const {
    return (open ? x > least : x >= least) && x <= most &&
           (!whole || x == static_cast<double>(static_cast<long long>(x)));
  }
};

using Knob [[deprecated("it is called Hyperparameter")]] = Hyperparameter;

/// The numbers of a policy or an option, which it calls `numbers` (once: `knobs`); none where it has none.
template <class P>
inline constexpr std::array<Hyperparameter, 0> hyperparameters_of{};
template <class P>
requires requires {
  requires !requires { P::knobs; };
  requires std::is_same_v<std::remove_cvref_t<decltype(*P::numbers.data())>, Hyperparameter>;
  typename std::bool_constant<(P::numbers.size() == 0 || P::numbers[0].value == 0 || true)>;  // it is a constant
}
inline constexpr const auto& hyperparameters_of<P> = P::numbers;
template <class P>
requires requires { requires std::is_same_v<std::remove_cvref_t<decltype(*P::knobs.data())>, Hyperparameter>; }
inline constexpr const auto& hyperparameters_of<P> = P::knobs;

template <class P>
inline constexpr std::size_t number_count = hyperparameters_of<P>.size();

namespace detail {

/// The number of a length of time; 0 for anything else, which is then refused and must make no second error.
template <class D>
constexpr int count_of() {
  if constexpr (requires { int{D::count}; }) return D::count;
  return 0;
}

/// All numbers of several policies, in order.
template <class... Ps>
constexpr auto join_numbers() {
  std::array<Hyperparameter, (std::size_t{0} + ... + number_count<Ps>)> all{};
  std::size_t n = 0;
  [[maybe_unused]] const auto add = [&](const auto& some) {
    for (std::size_t i = 0; i < some.size(); ++i) all[n++] = some[i];
  };
  (add(hyperparameters_of<Ps>), ...);
  return all;
}

/// Are the recipe's own numbers within their ranges?
template <class P>
constexpr bool numbers_in_range() {
  for (std::size_t i = 0; i < number_count<P>; ++i)
    if (!hyperparameters_of<P>[i].allows(hyperparameters_of<P>[i].value)) return false;
  return true;
}

/// Can the names of a policy's numbers be options of a program? Letters, digits and hyphens, a letter first.
template <class P>
constexpr bool numbers_have_names() {
  for (const Hyperparameter& n : hyperparameters_of<P>) {
    bool good = n.name != nullptr && ((*n.name >= 'a' && *n.name <= 'z') || (*n.name >= 'A' && *n.name <= 'Z'));
    for (const char* c = n.name; good && *c != '\0'; ++c)
      good = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '-' || *c == '_';
    if (!good) return false;
  }
  return true;
}

/// The values of numbers as the recipe has them.
template <class P>
inline constexpr auto number_values = [] {
  std::array<double, number_count<P> + 1> values{};  // one more: an array of none has no address
  for (std::size_t i = 0; i < number_count<P>; ++i) values[i] = hyperparameters_of<P>[i].value;
  return values;
}();

}  // namespace detail
}  // namespace tuneit
