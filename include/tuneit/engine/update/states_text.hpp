#pragma once
// What do the optimizers of a recipe remember, as text? Two recipes that agree can read each other's.
#include <string>

#include "tuneit/recipe/numbers/group_timeline.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/queries/sentences.hpp"

namespace tuneit::detail {

/// Which states it has under these settings, as text: two that agree can read each other's.
template <class Opt>
std::string states_text(const Settings& s, const OptimizerValues<Opt>& v) {
  std::string text = optimizer_title<Opt>(s) + ":";
  if constexpr (requires { typename Opt::choices; }) {
    int at = 0;
    const auto one = [&]<class O>(Type<O>) {
      if (at++ == s.chosen_optimizer) text = states_text(s, values_of_choice<O>(v));
    };
    [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Opt::choices{});
  } else {
    for (const OptimizerState& state : optimizer_states<Opt>)
      if (keeps(state, v)) text.append(" ").append(state.name);
  }
  return text;
}

/// Of all its optimizers: that of the whole training, those of phases, and those of groups (with what they select).
template <class R>
std::string states_text(const Settings& s) {
  using P = typename R::parts;
  std::string text = states_text(s, common_values<P>(s));
  if constexpr (changes_optimizer<R>) {
    const auto phase = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if constexpr (!std::is_void_v<in_phase_t<P, I, slots::Optimizer, void>>)
        text.append("; phase ")
            .append(std::to_string(I + 1))
            .append(" ")
            .append(states_text(s, numbers_of_phase<P, I>(s)));
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) { (phase(std::integral_constant<std::size_t, I>{}), ...); }
    (std::make_index_sequence<R::phase_count>{});
  }
  if constexpr (P::grouped) {
    const auto group = [&]<class Place>(Type<Place>) {
      constexpr std::size_t in = Place::phase < 0 ? 0 : static_cast<std::size_t>(Place::phase);
      text.append("; group ").append(type_name<typename Place::group::selector>());
      if (Place::phase >= 0) text.append(" of phase ").append(std::to_string(in + 1));
      if constexpr (has_own_optimizer<Place>)
        text.append(" ").append(states_text(s, numbers_of_phase<P, in, Place>(s)));
    };
    [&]<class... Places>(List<Places...>) { (group(Type<Places>{}), ...); }(groups_of<P>{});
  }
  return text;
}

}  // namespace tuneit::detail
