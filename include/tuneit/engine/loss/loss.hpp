#pragma once
// The loss of a batch and its gradient by the network's outputs, for the losses of recipe/losses/loss.hpp.
#include "tuneit/engine/loss/cross_entropy.hpp"
#include "tuneit/engine/loss/pointwise.hpp"
#include "tuneit/engine/loss/softmax.hpp"

namespace tuneit {

namespace detail {

/// Cross-entropy of labels without weights: nothing is asked at run time.
template <class L>
inline constexpr bool plain_cross_entropy =
    L::kind == LossKind::CrossEntropy && !L::loss.soft && L::class_weights::values.empty();

}  // namespace detail

/// Loss, hits and, if `gradient` is not null, the gradient by the outputs [N, K] of the loss L with the numbers n
/// (those of a recipe: L::loss), in the outputs' number type: float32 or float64. The gradient is that of L's
/// reduction, the result that of the mean. `labels`: see Target. BinaryCrossEntropy and Focal take the number of a
/// class as a 1 for it and 0 for the others; with one output, classes are 0 and 1. Hits are counted where labels are
/// classes; of float targets there are none. Throws Error(Data) for a label that is not a class, or targets of the
/// wrong shape or type.
template <class L>
BatchResult loss_of(const at::Tensor& outputs, const at::Tensor& labels, const detail::LossNumbers& n,
                    at::Tensor* gradient) {
  if constexpr (detail::plain_cross_entropy<L>)
    return cross_entropy<typename L::reduction>(outputs, labels, n.smoothing, gradient);
  else if constexpr (L::kind == LossKind::CrossEntropy)
    return detail::softmax_loss_of<L>(outputs, Target{labels}, n, gradient);
  else
    return detail::pointwise_loss_of<L>(outputs, Target{labels}, n, gradient);
}

/// The same where pictures may have been mixed: share loss(labels) + (1 - share) loss(other) of a CrossEntropy, the
/// loss against mixed targets of the others. Hits are those of `labels`.
template <class L>
BatchResult loss_of(const at::Tensor& outputs, const Target& target, const detail::LossNumbers& n,
                    at::Tensor* gradient) {
  if (!target.other.defined()) return loss_of<L>(outputs, target.labels, n, gradient);
  if constexpr (L::kind == LossKind::CrossEntropy)
    return detail::softmax_loss_of<L>(outputs, target, n, gradient);
  else
    return detail::pointwise_loss_of<L>(outputs, target, n, gradient);
}

/// Loss and hits in evaluation: without label smoothing, otherwise as in training.
template <class L>
BatchResult score_of(const at::Tensor& outputs, const at::Tensor& labels, detail::LossNumbers n = L::loss) {
  n.smoothing = 0;
  return loss_of<L>(outputs, labels, n, nullptr);
}

/// How much a batch counts when means over batches are put together: its samples, or with class weights the sum of its
/// labels' weights. Labels must be classes where L has weights, as loss_of has them checked.
template <class L>
double weight_of(const at::Tensor& labels) {
  if (L::class_weights::values.empty() || !detail::are_classes(labels)) return static_cast<double>(labels.size(0));
  return detail::weight_of_labels(labels, L::class_weights::values.data());
}

}  // namespace tuneit
