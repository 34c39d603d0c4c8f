#pragma once
// What an optimizer is: a list of options with their defaults, and the names of what it remembers of each weight. Its
// formula is `Update<Self>::step`, of engine/update/; this half is without LibTorch.
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "tuneit/recipe/optimizers/optimizer_state.hpp"
#include "tuneit/recipe/optimizers/optimizer_values.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/verdict/reasons/losses.hpp"

namespace tuneit {

namespace detail {

/// The numbers of the defaults, with the values that options say.
template <class... Ds, class... Os>
constexpr auto numbers_with(List<Ds...>, List<Os...>) {
  auto all = join_numbers<Ds...>();
  [[maybe_unused]] const auto say = [&](const Hyperparameter& h) {
    if (const std::size_t i = number_at(all, h.name); i < all.size()) all[i].value = h.value;
  };
  for (const Hyperparameter& h : join_numbers<Os...>()) say(h);
  return all;
}
/// Does the optimizer have this option? One whose formula is chosen at run time may turn out to.
template <class Opt, class Option>
constexpr bool takes_optimizer_option() {
  if constexpr (!IsOptimizerOption<Option>)
    return false;
  else
    return number_at(Opt::option_numbers, hyperparameters_of<Option>[0].name) < Opt::option_numbers.size();
}
template <class Opt, class Option>
struct JudgeOption : Demand<takes_optimizer_option<Opt, Option>(), NotAnOption<Opt, Option>> {};

constexpr bool all_in_range(const Hyperparameter* numbers, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (!numbers[i].allows(numbers[i].value)) return false;
  return true;
}
/// No Nesterov's momentum without momentum, or with a dampening.
constexpr bool nesterov_fits(const Hyperparameter* numbers, std::size_t count) {
  const auto value = [&](std::string_view name) {
    const std::size_t i = number_at(numbers, count, name);
    return i < count ? numbers[i].value : 0;
  };
  return value("nesterov") == 0 || (value("momentum") > 0 && value("dampening") == 0);
}

}  // namespace detail

/// Base of optimizers. Self: the optimizer, D: Defaults<...> of the options that its formula has, Options: those that a
/// recipe says, each one of them. A rate is always among them, and comes first.
///
///   template <class... O>
///   struct SignSgd : Optimizer<SignSgd<O...>, Defaults<Lr<1e-3>, WeightDecay<0>>, O...> {
///     static constexpr std::array<std::string_view, 0> states{};
///   };
///
/// `states` names what it remembers of each weight (or `std::array{OptimizerState{...}}`); `title`, if it is there, is
/// its name for people.
template <class Self, class D, class... Options>
struct Optimizer;
template <class Self, class... Ds, class... Options>
struct Optimizer<Self, Defaults<Ds...>, Options...> : PolicyTag {
  using slot = slots::Optimizer;
  using formula = Self;
  using known_options = List<Ds...>;
  using rate_for = std::conditional_t<(detail::for_sums<Options> || ...), Sum, Mean>;
  static constexpr auto option_numbers = detail::numbers_with(List<Ds...>{}, List<Options...>{});
  /// Of these, those that have no member of OptimizerSettings: they are in Settings::values.
  static constexpr auto numbers =
      detail::unnamed_numbers<detail::count_unnamed(option_numbers.data(), option_numbers.size())>(option_numbers);
  template <class Model>
  using judge = judge_all<
      detail::JudgeOption<Self, Options>...,
      detail::JudgeNumber<Self, detail::all_in_range(option_numbers.data(), option_numbers.size())>,
      Demand<detail::nesterov_fits(option_numbers.data(), option_numbers.size()), NesterovNeedsMomentum<Self>>>;
};

}  // namespace tuneit
