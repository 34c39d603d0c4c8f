#pragma once
// What an optimizer is: a list of options with their defaults, and the names of what it remembers of each weight. Its
// formula is `Update<Self>::step`, of engine/update/; this half is without LibTorch.
#include <array>
#include <cstddef>
#include <string_view>

#include "tuneit/recipe/optimizers/optimizer_options.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/phase_numbers.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/verdict/reasons/losses.hpp"

namespace tuneit {

/// The shape of something that an optimizer remembers. Weight: that of the weight. RowMeans, ColumnMeans: of weights of
/// two dimensions and more, with 1 in the place of the last, or of the last but one. Vectors: of weights of fewer.
enum class StateShape : std::uint8_t { Weight, RowMeans, ColumnMeans, Vectors };

/// What an optimizer remembers of each weight. "step" is one number for all: how many steps it has taken.
struct OptimizerState {
  const char* name = "";
  const char* only_with = "";  ///< kept only where this number is not 0; "": always
  const char* starts_at = "";  ///< its first value is this number; "": 0
  StateShape shape = StateShape::Weight;
};

/// The options that a formula has, each with the value that it has where a recipe does not say it.
template <class... Options>
struct Defaults {};

/// The formula: `static void step(const GroupStep<Opt>& g)` (engine/update/group_step.hpp), which moves g.weights.
template <class Opt>
struct Update;
template <class Opt>
struct GroupStep;

namespace detail {

template <class P>
concept SaysOptions = requires {
  P::option_numbers.size();
  typename P::formula;
};
template <class S>
concept NamesState = std::is_same_v<S, OptimizerState> || std::is_convertible_v<S, std::string_view>;
template <class P>
concept SaysStates = requires {
  typename std::bool_constant<(P::states.size() == 0)>;
  requires NamesState<std::remove_cvref_t<decltype(*P::states.data())>>;
};

/// What an optimizer remembers, in its order.
template <class P>
inline constexpr auto optimizer_states = [] {
  std::array<OptimizerState, P::states.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(*P::states.data())>, OptimizerState>)
      all[i] = P::states[i];
    else
      all[i].name = std::string_view(P::states[i]).data();
  return all;
}();

/// The place of a number by its name; as many as there are: there is none.
constexpr std::size_t number_at(const Hyperparameter* all, std::size_t count, std::string_view name) {
  std::size_t i = 0;
  while (i < count && name != all[i].name) ++i;
  return i;
}
template <std::size_t N>
constexpr std::size_t number_at(const std::array<Hyperparameter, N>& all, std::string_view name) {
  return number_at(all.data(), N, name);
}

/// Has each state a name of its own?
constexpr bool each_named_once(const OptimizerState* all, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      if (*all[i].name == '\0' || (j < i && std::string_view(all[i].name) == all[j].name)) return false;
  return true;
}
/// ... and are the numbers that states hang on there?
template <class P>
constexpr bool states_fit() {
  if (!each_named_once(optimizer_states<P>.data(), optimizer_states<P>.size())) return false;
  for (const OptimizerState& s : optimizer_states<P>)
    for (const std::string_view name : {std::string_view(s.only_with), std::string_view(s.starts_at)})
      if (!name.empty() && number_at(P::option_numbers, name) == P::option_numbers.size()) return false;
  return true;
}
template <class P>
concept HasStates = SaysStates<P> && SaysOptions<P> && requires {
  requires states_fit<P>();
};
template <class P>
concept HasRate = SaysOptions<P> && requires {
  requires number_at(P::option_numbers, "lr")
  == 0;
};

template <class P>
concept IsFormula = std::is_base_of_v<typename P::formula, P>;
// Optional members, nearly or of another type.
template <class P>
concept MisspellsTitle = (
                             requires { P::title; } &&
                             !requires {
                               { P::title } -> std::convertible_to<std::string_view>;
                             }) ||
                         requires {
  P::Title;
}
|| requires { P::titel; }
|| requires { P::titles; };
template <class P>
concept SaysLeavesOut = requires {
  P::leaves_out;
}
|| requires { P::leave_out; };

}  // namespace detail

namespace slots {
/// One of one's own derives from Optimizer<Self, Defaults<Lr<1e-3>, ...>, O...>, the rate first, and says `states`.
struct Optimizer {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysOptions<P>, true, "option_numbers"},
                                     {detail::IsFormula<P>, true, "Optimizer<Self>"},
                                     {detail::HasRate<P>, true, "Lr"},
                                     {detail::HasStates<P>, true, "states"},
                                     {!detail::MisspellsTitle<P>, true, "title"},
                                     {!detail::SaysLeavesOut<P>, true, "Update::leaves_out"}}};
};
}  // namespace slots

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
/// Those without a place of their own.
constexpr std::size_t count_unnamed(const Hyperparameter* all, std::size_t count) {
  std::size_t unnamed = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (named_member(all[i].name) == nullptr) ++unnamed;
  return unnamed;
}
template <std::size_t Count, std::size_t N>
constexpr std::array<Hyperparameter, Count> unnamed_numbers(const std::array<Hyperparameter, N>& all) {
  std::array<Hyperparameter, Count> own{};
  std::size_t n = 0;
  for (const Hyperparameter& h : all)
    if (named_member(h.name) == nullptr) own[n++] = h;
  return own;
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

namespace detail {

/// The number of an option of Opt: the I-th of `template <auto...> Option`.
template <class Opt, template <auto...> class Option, std::size_t I>
constexpr std::size_t place_of_option() {
  if constexpr (requires { typename Option<0>; })
    return number_at(Opt::option_numbers, Option<0>::numbers[I].name);
  else
    return number_at(Opt::option_numbers, Option<0, 0>::numbers[I].name);
}

}  // namespace detail

/// The numbers that an optimizer has at a moment: `lr` and `decay` as schedules (and a group's scales) leave them.
template <class Opt>
struct OptimizerValues {
  double lr = 0, decay = 0;
  std::array<double, Opt::option_numbers.size()> all{};  ///< in the order of Opt::option_numbers

  /// One by its option: `number<Momentum>()`, `number<Betas, 1>()`.
  template <template <auto...> class Option, std::size_t I = 0>
  [[nodiscard]] constexpr double number() const {
    constexpr std::size_t at = detail::place_of_option<Opt, Option, I>();
    return all[at];
  }
  /// Of an option that is there or not: `has<Nesterov>()`.
  template <class Flag>
  [[nodiscard]] constexpr bool has() const {
    constexpr std::size_t at = detail::number_at(Opt::option_numbers, Flag::numbers[0].name);
    return all[at] != 0;
  }
  /// One by its name on a command line; 0 where there is none.
  [[nodiscard]] constexpr double named(std::string_view name) const {
    const std::size_t i = detail::number_at(Opt::option_numbers, name);
    return i < all.size() ? all[i] : 0;
  }
};

namespace detail {

/// The values that an optimizer's type says.
template <class Opt>
constexpr OptimizerValues<Opt> values_said() {
  OptimizerValues<Opt> v;
  for (std::size_t i = 0; i < v.all.size(); ++i) v.all[i] = Opt::option_numbers[i].value;
  v.lr = v.named("lr"), v.decay = v.named("weight-decay");
  return v;
}
/// The same as named members.
template <class Opt>
constexpr OptimizerSettings settings_said() {
  OptimizerSettings s;
  for (const Hyperparameter& h : Opt::option_numbers)
    if (double OptimizerSettings::*const member = named_member(h.name)) s.*member = h.value;
  return s;
}

/// Of a phase's own optimizer all numbers are the phase's.
template <class Opt>
constexpr auto named_numbers_of() {
  constexpr std::size_t count =
      Opt::option_numbers.size() - count_unnamed(Opt::option_numbers.data(), Opt::option_numbers.size());
  std::array<Hyperparameter, count> named{};
  std::size_t n = 0;
  for (const Hyperparameter& h : Opt::option_numbers)
    if (named_member(h.name) != nullptr) named[n++] = h;
  return named;
}
template <class P>
requires(TakesSlot<P, slots::Optimizer>&& SaysOptions<P>) inline constexpr auto phase_numbers<P> =
    named_numbers_of<P>();

/// Is the state kept under these numbers?
template <class Opt>
constexpr bool keeps(const OptimizerState& s, const OptimizerValues<Opt>& v) {
  return *s.only_with == '\0' || v.named(s.only_with) != 0;
}
/// Numbers that an optimizer remembers of a weight of so many; `rows` and `columns` of them are means over its last
/// dimension and over the one before (0, 0: it is a vector).
template <class Opt>
constexpr std::int64_t remembered(const OptimizerValues<Opt>& v, std::int64_t all, std::int64_t rows,
                                  std::int64_t columns) {
  std::int64_t sum = 0;
  for (const OptimizerState& s : optimizer_states<Opt>) {
    if (std::string_view(s.name) == "step" || !keeps(s, v)) continue;
    if (s.shape == StateShape::Weight || (s.shape == StateShape::Vectors && rows == 0)) sum += all;
    if (s.shape == StateShape::RowMeans) sum += rows;
    if (s.shape == StateShape::ColumnMeans) sum += columns;
  }
  return sum;
}

}  // namespace detail

/// The values that an optimizer's type says: `optimizer_defaults<AdamW<>>.decay == 0.01`,
/// `optimizer_defaults<Lion<>>.number<Betas, 1>() == 0.99`.
template <class Opt>
inline constexpr OptimizerValues<typename Opt::formula> optimizer_defaults =
    detail::values_said<typename Opt::formula>();

}  // namespace tuneit
