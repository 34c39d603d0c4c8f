#pragma once
// The loop that every plan-editing policy needs: over the rows that its selector selects.
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/selectors/selector.hpp"

namespace tuneit {

/// Calls edit(PlanRow&, const TensorRow&) for each tensor of Model that S selects.
template <class Model, class S, class P, class Edit>
constexpr void edit_rows(P& plan, Edit edit) {
  for (std::size_t i = mask<Model, S>.first; i < mask<Model, S>.last; ++i)
    if (mask<Model, S>.at[i]) edit(plan.rows[i], table<Model>.rows[i]);
}

}  // namespace tuneit
