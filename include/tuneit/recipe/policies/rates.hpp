#pragma once
// Different learning rates and weight decay for different tensors.
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {
/// The learning rate of S is multiplied by Factor (> 0). Several LrScale multiply.
template <class S, auto Factor>
struct LrScale : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array numbers{Hyperparameter{.name = "lr-scale",
                                                     .value = static_cast<double>(Factor),
                                                     .open = true,
                                                     .about = "times the learning rate of what it selects"}};
  template <class Model>
  using judge = judge_all<judge_selector<LrScale, Model, S>, detail::JudgeRanges<LrScale>>;
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    edit_rows<Model, S>(plan, [f = n[0]](PlanRow& row, const TensorRow&) { row.lr_scale *= f; });
  }
};

/// The weight decay of S is multiplied by Factor (>= 0). Several DecayScale multiply.
template <class S, auto Factor>
struct DecayScale : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array numbers{Hyperparameter{.name = "decay-scale",
                                                     .value = static_cast<double>(Factor),
                                                     .about = "times the weight decay of what it selects"}};
  template <class Model>
  using judge = judge_all<judge_selector<DecayScale, Model, S>, detail::JudgeRanges<DecayScale>>;
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    edit_rows<Model, S>(plan, [f = n[0]](PlanRow& row, const TensorRow&) { row.decay_scale *= f; });
  }
};

/// No weight decay for S: `NoDecay<Union<Norms, Biases>>`.
template <class S>
struct NoDecay : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model>
  using judge = judge_selector<NoDecay, Model, S>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.decay_scale = 0; });
  }
};

}  // namespace tuneit
