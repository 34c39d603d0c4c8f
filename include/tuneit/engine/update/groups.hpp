#pragma once
// Which tensors go to the optimizer together? Those that are treated alike in every phase: they stay together for the
// whole training, so what an optimizer remembers of them never has to move.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit {

/// What one phase does with the tensors of a group.
struct GroupPhase {
  double lr_scale = 1, decay_scale = 1;
  bool trains = true;
  std::uint16_t group = 0;  ///< as in the plan: which GroupOf
  constexpr bool operator==(const GroupPhase&) const = default;
};

/// Tensors that are treated alike: their rows in the table, and one GroupPhase for each phase.
struct ParameterGroup {
  std::vector<GroupPhase> phases;
  std::vector<std::size_t> rows;
};

/// The parameter groups of a recipe under run-time numbers. Each parameter that trains in some phase is in exactly one;
/// buffers and what never trains are in none.
template <class R>
std::vector<ParameterGroup> make_groups(const Settings& s) {
  using Model = typename R::model;
  const auto& t = table<Model>;
  std::vector<std::vector<GroupPhase>> of(t.size);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto phase = [&](const auto& plan) {
      for (std::size_t i = 0; i < t.size; ++i) {
        const PlanRow& row = plan.rows[i];
        of[i].push_back(row.frozen ? GroupPhase{1, 1, false}
                                   : GroupPhase{row.lr_scale, row.decay_scale, true, row.group});
      }
    };
    (phase(detail::make_plan<typename R::parts, I>(s.values.data())), ...);
  }
  (std::make_index_sequence<R::phase_count>{});

  std::vector<ParameterGroup> groups;
  for (std::size_t i = 0; i < t.size; ++i) {
    if (!ever_trains<R>(i)) continue;
    std::size_t g = 0;
    while (g < groups.size() && groups[g].phases != of[i]) ++g;
    if (g == groups.size()) groups.push_back({of[i], {}});
    groups[g].rows.push_back(i);
  }
  return groups;
}

}  // namespace tuneit
