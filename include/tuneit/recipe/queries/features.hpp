#pragma once
// What the frozen beginning of a network makes of a picture, and how often that is something new: its features can be
// kept from one epoch to the next.
#include "tuneit/net/cost.hpp"
#include "tuneit/net/wire_crossing.hpp"
#include "tuneit/recipe/numbers/settings.hpp"
#include "tuneit/recipe/queries/queries.hpp"

namespace tuneit {

/// Numbers that flow out of the frozen prefix for one picture, those on wires counted; 0 where nothing is frozen at the
/// beginning.
template <class R>
constexpr std::int64_t feature_count(int side = R::model::input::side) {
  constexpr std::size_t prefix = frozen_prefix<R>();
  if constexpr (prefix == 0 || recipe_effects<R>.sees_inputs)  // changed pictures never come again
    return 0;
  else
    return block_costs<typename R::model>(side).out[prefix - 1].numel() +
           detail::numbers_on_wires<typename R::model>(prefix, side);
}

}  // namespace tuneit
