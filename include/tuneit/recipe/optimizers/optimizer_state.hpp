#pragma once
// What does an optimizer say of itself: its options, and what it remembers of each weight?
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "tuneit/recipe/optimizers/optimizer_options.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"

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

}  // namespace tuneit
