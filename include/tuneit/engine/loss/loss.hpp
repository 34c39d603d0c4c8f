#pragma once
// The loss of a batch and its gradient by the network's outputs, for any loss that says how it runs (loss_run.hpp).
#include "tuneit/engine/loss/binary_cross_entropy.hpp"
#include "tuneit/engine/loss/cross_entropy.hpp"
#include "tuneit/engine/loss/dice.hpp"
#include "tuneit/engine/loss/focal.hpp"
#include "tuneit/engine/loss/huber.hpp"
#include "tuneit/engine/loss/mean_squared_error.hpp"
#include "tuneit/engine/loss/pairs.hpp"
#include "tuneit/engine/loss/several.hpp"
#include "tuneit/engine/loss/span_loss.hpp"
#include "tuneit/engine/loss/tokens.hpp"

namespace tuneit {

/// Loss, hits and, if `gradient` is not null, the gradient by the outputs [N, K] of the loss L with the numbers n (a
/// recipe's: loss_numbers), in the outputs' number type: float32 or float64. The gradient is that of L's reduction, the
/// result that of the mean. Hits are counted where labels are classes; of several labels, those that are told right.
/// Throws Error(Data) for targets of the wrong shape or type, and on the CPU for a label that is not a class.
template <class L>
StepResult loss_of(const at::Tensor& outputs, const Targets& target, const Numbers<L>& n, at::Tensor* gradient) {
  using Core = typename detail::LossCore<L>::type;
  LossValue v;
  if constexpr (std::is_same_v<L, Core>)
    v = detail::run_loss<L>(outputs, target, n, gradient);
  else
    v = detail::run_loss<Core>(outputs, target, Numbers<Core>(n), gradient);
  StepResult result{std::move(v.loss), std::move(v.correct), outputs.sizes()[0], std::move(v.outside)};
  if (v.counts == LossValue::Samples) return result;
  if constexpr (takes_token_outputs<L>)
    if (v.counts == LossValue::Tokens) {
      result.labels = StepResult::of_tokens;
      result.correct_labels = detail::count_labels(target.value);
      return result;
    }
  result.correct = detail::correct_of(outputs, target.value);
  if (target_kind<L> == TargetKind::MultiLabel && !detail::are_classes(target.value)) {
    result.correct_labels = detail::labels_correct(outputs, detail::given_targets(target.value, outputs));
    result.labels = outputs.numel();
  }
  return result;
}
template <class L>
StepResult loss_of(const at::Tensor& outputs, const at::Tensor& labels, const Numbers<L>& n, at::Tensor* gradient) {
  return loss_of<L>(outputs, Targets{labels}, n, gradient);
}

/// Loss and hits in evaluation: without label smoothing, otherwise as in training.
template <class L>
StepResult score_of(const at::Tensor& outputs, const at::Tensor& labels, Numbers<L> n = {}) {
  if constexpr (detail::SmoothsLabels<L>) n.smoothing = 0;
  return loss_of<L>(outputs, labels, n, nullptr);
}

/// How much a batch counts when means over batches are put together: its samples, of tokens those that have a label, or
/// with class weights the sum of its labels' weights; of several losses all have the same. Labels must be classes where
/// L has weights, as loss_of has them checked.
template <class L>
DeviceScalar weight_of(const at::Tensor& labels) {
  using OfClasses = detail::weights_of<L>;
  if constexpr (takes_token_outputs<L> && target_kind<L> == TargetKind::Classes)
    if (labels.dim() == 2) return detail::weight_of_tokens(labels, OfClasses::values.data(), OfClasses::values.size());
  if constexpr (!OfClasses::values.empty())
    if (detail::are_classes(labels)) {
      const double* const weights = OfClasses::values.data();
      if (labels.is_cpu()) return detail::weight_of_labels(labels, weights);
      constexpr auto classes = static_cast<std::int64_t>(OfClasses::values.size());
      return detail::weights_beside(labels, at::kDouble, weights, classes)
          .index_select(0, labels.clamp(0, classes - 1))  // labels outside are told by loss_of
          .sum();
    }
  return static_cast<double>(labels.size(0));
}

}  // namespace tuneit
