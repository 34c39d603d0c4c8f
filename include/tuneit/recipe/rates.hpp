#pragma once
// Different learning rates and weight decay for different tensors.
#include "tuneit/recipe/judge_selector.hpp"
#include "tuneit/recipe/plan.hpp"

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

}  // namespace detail

/// The learning rate of S is multiplied by Factor (> 0). Several LrScale multiply.
template <class S, auto Factor>
struct LrScale : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr double factor = static_cast<double>(Factor);
  template <class Model>
  using judge = judge_all<judge_selector<LrScale, Model, S>, detail::JudgeNumber<LrScale, (factor > 0)>>;
  template <class Model>
  static constexpr const auto& scales() {
    return mask<Model, S>;
  }
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (std::size_t i = 0; i < P::size; ++i)
      if (mask<Model, S>.at[i]) plan.rows[i].lr_scale *= factor;
  }
};

/// The weight decay of S is multiplied by Factor (>= 0).
template <class S, auto Factor>
struct DecayScale : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr double factor = static_cast<double>(Factor);
  template <class Model>
  using judge = judge_all<judge_selector<DecayScale, Model, S>, detail::JudgeNumber<DecayScale, (factor >= 0)>>;
  template <class Model>
  static constexpr const auto& scales() {
    return mask<Model, S>;
  }
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (std::size_t i = 0; i < P::size; ++i)
      if (mask<Model, S>.at[i]) plan.rows[i].decay_scale *= factor;
  }
};

/// No weight decay for S: `NoDecay<Union<Norms, Biases>>`.
template <class S>
struct NoDecay : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model>
  using judge = judge_selector<NoDecay, Model, S>;
  template <class Model>
  static constexpr const auto& scales() {
    return mask<Model, S>;
  }
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (std::size_t i = 0; i < P::size; ++i)
      if (mask<Model, S>.at[i]) plan.rows[i].decay_scale = 0;
  }
};

}  // namespace tuneit
