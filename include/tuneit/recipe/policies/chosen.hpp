#pragma once
// Parts of a recipe's structure that a program leaves open until run time, at the cost of one branch per step: for
// programs whose users have no compiler. A recipe that names them itself has no such branch.
#include "tuneit/recipe/optimizers/optimizers.hpp"
#include "tuneit/recipe/policies/precision.hpp"
#include "tuneit/recipe/schedules/schedules.hpp"

namespace tuneit {

namespace detail {

/// Numbers, each once: the first that has one says its value.
template <std::size_t N>
struct GatheredNumbers {
  std::array<Hyperparameter, N> all{};
  std::size_t count = 0;
  constexpr void add(const Hyperparameter& h) {
    for (std::size_t i = 0; i < count; ++i)
      if (std::string_view(all[i].name) == h.name) return;
    all[count++] = h;
  }
};
template <class... Os>
constexpr auto gather_options() {
  GatheredNumbers<(std::size_t{0} + ... + Os::option_numbers.size())> found;
  (
      [&] {
        for (const Hyperparameter& h : Os::option_numbers) found.add(h);
      }(),
      ...);
  return found;
}
template <class... Os>
constexpr auto options_together() {
  constexpr auto found = gather_options<Os...>();
  std::array<Hyperparameter, found.count> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = found.all[i];
  return all;
}

/// In the place of what is no optimizer: refused.
struct NoOptimizer {
  static constexpr std::array<Hyperparameter, 0> option_numbers{};
};
template <class O>
NoOptimizer formula_of();
template <SaysOptions O>
typename O::formula formula_of();
// One of a choice: an optimizer, and what it demands itself.
template <class Choice, class O, class Model>
struct JudgeChosen {
  using type = NotAnOption<Choice, O>;
};
template <class Choice, TakesSlot<slots::Optimizer> O, class Model>
requires(HasRate<O>&& HasStates<O>) struct JudgeChosen<Choice, O, Model> {
  static auto judged() {
    if constexpr (requires { typename O::template judge<Model>::type; })
      return Type<typename O::template judge<Model>::type>{};
    else
      return Type<Accepted>{};
  }
  using type = typename decltype(judged())::type;
};
template <class O>
inline constexpr bool for_the_sum = false;
template <class O>
requires requires { typename O::rate_for; }
inline constexpr bool for_the_sum<O> = std::is_same_v<typename O::rate_for, Sum>;

}  // namespace detail

/// One of these optimizers, as Settings::chosen_optimizer says (counted from 0). It has the options of all of them,
/// each once: where several have it, with the value of the first until choose_optimizer<R>(settings, 1) gives them
/// those of another.
template <class... Os>
struct OptimizerChoice : PolicyTag {
  using slot = slots::Optimizer;
  using formula = OptimizerChoice;
  using choices = List<Os...>;
  static constexpr auto option_numbers = detail::options_together<decltype(detail::formula_of<Os>())...>();
  static constexpr auto numbers =
      detail::unnamed_numbers<detail::count_unnamed(option_numbers.data(), option_numbers.size())>(option_numbers);
  static constexpr std::array<OptimizerState, 0> states{};
  /// Of all of them; void: they are for losses of different reductions.
  using rate_for = std::conditional_t<(detail::for_the_sum<Os> && ...), Sum,
                                      std::conditional_t<(detail::for_the_sum<Os> || ...), void, Mean>>;
  template <class Model>
  using judge = judge_all<detail::JudgeChosen<OptimizerChoice, Os, Model>...>;
};
/// What programs offer whose users have no compiler: Sgd, Adam or AdamW.
struct ChosenOptimizer : OptimizerChoice<Sgd<>, Adam<>, AdamW<>> {};

/// Constant, StepLr or CosineLr, as Settings::schedule says.
struct ChosenSchedule : PolicyTag {
  using slot = slots::Schedule;
  template <class Settings>
  requires requires(const Settings& s) { s.schedule; }
  static constexpr double factor(const ScheduleTime& m, const Settings& s) {
    if (s.schedule == ScheduleKind::Cosine) return CosineLr::factor(m);
    if (s.schedule == ScheduleKind::Step)
      return detail::staircase(m.step, s.step_epochs * m.steps_per_epoch, s.step_gamma);
    return 1;
  }
};

/// The precision that Settings::precision says: `Precision<ChosenPrecision>`.
struct ChosenPrecision {};

}  // namespace tuneit
