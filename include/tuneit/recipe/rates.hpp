#pragma once
// Different learning rates and weight decay for different tensors.
#include "tuneit/recipe/edit.hpp"
#include "tuneit/recipe/judge_selector.hpp"

namespace tuneit {
namespace detail {

template <class P, bool Ok>
struct JudgeNumber {
  using type = Accepted;
};
template <class P>
struct JudgeNumber<P, false> {
  using type = OutOfRange<P>;
};

// What the policies that scale have in common; `scales` is asked by the judge of a scale on frozen tensors.
template <class S>
struct ScalingPolicy : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model>
  static constexpr const auto& scales() {
    return mask<Model, S>;
  }
};

}  // namespace detail

/// The learning rate of S is multiplied by Factor (> 0). Several LrScale multiply.
template <class S, auto Factor>
struct LrScale : detail::ScalingPolicy<S> {
  static constexpr double factor = static_cast<double>(Factor);
  template <class Model>
  using judge = judge_all<judge_selector<LrScale, Model, S>, detail::JudgeNumber<LrScale, (factor > 0)>>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.lr_scale *= factor; });
  }
};

/// The weight decay of S is multiplied by Factor (>= 0). Several DecayScale multiply.
template <class S, auto Factor>
struct DecayScale : detail::ScalingPolicy<S> {
  static constexpr double factor = static_cast<double>(Factor);
  template <class Model>
  using judge = judge_all<judge_selector<DecayScale, Model, S>, detail::JudgeNumber<DecayScale, (factor >= 0)>>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.decay_scale *= factor; });
  }
};

/// No weight decay for S: `NoDecay<Union<Norms, Biases>>`.
template <class S>
struct NoDecay : detail::ScalingPolicy<S> {
  template <class Model>
  using judge = judge_selector<NoDecay, Model, S>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.decay_scale = 0; });
  }
};

}  // namespace tuneit
