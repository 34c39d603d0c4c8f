#pragma once
// Numbers that are members of Settings in a whole training, and a phase's own where an item of it says them.
#include <array>

#include "tuneit/meta/list.hpp"
#include "tuneit/recipe/plan/hyperparameter.hpp"

namespace tuneit::detail {

/// Of the items of a phase; none of most. Specialised beside the policies that have some.
template <class Item>
inline constexpr std::array<Hyperparameter, 0> phase_numbers{};

/// These numbers, as those of a policy of its own: they lie behind those of the phase's items.
template <class Item>
struct PhaseOnly {
  static constexpr const auto& numbers = phase_numbers<Item>;
};

}  // namespace tuneit::detail
