#pragma once
// Do loss, optimizer, head and mixing fit together?
#include "tuneit/net/shape.hpp"
#include "tuneit/recipe/parts.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class Parts>
constexpr int outputs() {
  return Parts::new_classes != 0 ? Parts::new_classes : shape<typename Parts::model>().channels;
}
template <class Parts>
constexpr bool loss_fits_head() {
  constexpr int classes = outputs<Parts>();
  constexpr int weights = static_cast<int>(Parts::loss::class_weights::values.size());
  if (classes == Dynamic || Parts::loss::kind != LossKind::CrossEntropy) return true;
  return classes >= 2 && (weights == 0 || weights == classes);
}
template <class Parts>
struct JudgeLossAndHead : Demand<loss_fits_head<Parts>(), LossDoesNotFitHead<typename Parts::loss, outputs<Parts>()>> {
};

// An optimizer chosen at run time says nothing of its rate.
template <class Optimizer>
struct RateFor {
  using type = Mean;
};
template <class Optimizer>
requires requires { typename Optimizer::rate_for; }
struct RateFor<Optimizer> {
  using type = typename Optimizer::rate_for;
};
template <class Parts>
struct JudgeReduction
    : Demand<std::is_same_v<typename RateFor<typename Parts::optimizer>::type, typename Parts::loss::reduction>,
             RateForOtherReduction<typename Parts::optimizer, typename Parts::loss>> {};

template <class Parts>
struct JudgeMix : Demand<Parts::mix::kind == MixKind::None ||
                             (Parts::loss::kind != LossKind::MeanSquaredError && !Parts::loss::loss.soft),
                         MixNeedsLabels<typename Parts::mix, typename Parts::loss>> {};

}  // namespace tuneit::detail
