#pragma once
// Where tensors start from, apart from a new head: weights unless a recipe says otherwise.
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

/// The tensors of S start from random numbers although a file has them: layers learned anew. Running statistics start
/// at 0 and 1.
template <class S>
struct Reinitialise : PolicyTag {
  static constexpr Stage stage = Stage::Origin;
  template <class Model>
  using judge = judge_selector<Reinitialise, Model, S>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.starts_from = Origin::Fresh; });
  }
};

/// Everything starts from random numbers: training from scratch, for comparison.
struct FromScratch : PolicyTag {
  static constexpr Stage stage = Stage::Origin;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, All>(plan, [](PlanRow& row, const TensorRow&) { row.starts_from = Origin::Fresh; });
  }
};

}  // namespace tuneit
