#pragma once
// Softmax cross-entropy of labels: value, hits and gradient in one go. The loss of most recipes; with class weights, of
// mixed labels and against probabilities: softmax.hpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_softmax_ops.h>
#include <ATen/ops/cross_entropy_loss_ops.h>

#include "tuneit/aten/cuda/cross_entropy.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/softmax.hpp"
#include "tuneit/kernels/loss/cross_entropy.hpp"

namespace tuneit {

namespace detail {

/// Of labels [N] that all count alike; hits with it.
template <bool IsSum>
LossValue cross_entropy_of_labels(const at::Tensor& logits, const at::Tensor& labels, double smoothing,
                                  at::Tensor* gradient) {
  const std::int64_t rows = logits.sizes()[0];
  if (!are_classes(labels) || labels.dim() != 1 || labels.sizes()[0] != rows || logits.dim() != 2) {
    if (logits.dim() == 3)
      return loss_of_tokens(logits, labels, gradient, nullptr, IsSum, smoothing,
                            [&](const at::Tensor& x, const at::Tensor& y, at::Tensor* g) {
                              return cross_entropy_of_labels<IsSum>(x, y, smoothing, g);
                            });
    wrong_targets(labels, logits, "int64 numbers of classes, one for each sample");
  }
  LossValue result;
  result.counts = LossValue::Samples;
  if (has_kernels<single | double_precision>(logits)) {
    const auto x = logits.expect_contiguous(), y = labels.expect_contiguous();
    if (gradient != nullptr) *gradient = aten::empty_like(*x);
    bool valid = true;
    with_numbers<single | double_precision>(x->scalar_type(), [&]<class T>(T*) {
      if constexpr (!std::is_same_v<T, kernels::Bf16>) {
        const kernels::CrossEntropy r = kernels::cross_entropy<T, IsSum>(
            data<const T>(*x), data<const std::int64_t>(*y), gradient == nullptr ? nullptr : data<T>(*gradient), rows,
            x->size(1), smoothing);
        result.loss = r.loss / static_cast<double>(rows);
        result.correct = static_cast<double>(r.correct);
        valid = r.valid;
      }
    });
    if (!valid) checked_classes(labels, logits, x->size(1), result.outside);  // which one?
    return result;
  }
  if (const auto own = aten::cuda::loss_launcher(logits); own && labels.is_cuda()) {
    const aten::cuda::CrossEntropy r = aten::cuda::cross_entropy(*own, logits, labels, {}, smoothing, IsSum, gradient);
    result.loss = r.loss;
    result.correct = r.hits;
    result.outside = r.outside;
    return result;
  }
  const std::int64_t classes = logits.size(1);
  const at::Tensor y = checked_classes(labels, logits, classes, result.outside);
  result.loss = at::_ops::cross_entropy_loss::call(logits, y, {}, 1, -100, smoothing);
  result.correct = correct_of(logits, y);
  if (gradient != nullptr) {
    const at::Tensor target =
        aten::zeros(logits.sizes(), logits.options())
            .fill_(smoothing / static_cast<double>(classes))
            .scatter_add_(1, y.unsqueeze(1), aten::empty_like(logits.narrow(1, 0, 1)).fill_(1 - smoothing));
    *gradient = at::_ops::_softmax::call(logits, 1, false).sub_(target);
    if (!IsSum) gradient->div_(static_cast<double>(rows));
  }
  return result;
}

}  // namespace detail

template <class... Options>
struct LossRun<CrossEntropy<Options...>> {
  using Self = CrossEntropy<Options...>;
  static constexpr bool raw_targets = true;  // the kernel checks labels on its way
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>& n, at::Tensor* gradient) {
    constexpr bool plain = !Self::soft && Self::class_weights::values.empty();
    if constexpr (plain)
      if (!t.other.defined() && !t.weight.defined())
        return detail::cross_entropy_of_labels<std::is_same_v<typename Self::reduction, Sum>>(y, t.value, n.smoothing,
                                                                                              gradient);
    return detail::softmax_loss_of<Self>(y, t, n.smoothing, gradient);
  }
};

/// Mean cross-entropy of logits [N, classes] against labels [N] (int64), hits, and, if `gradient` is not null, the
/// gradient by the logits of the mean, or of the sum. The target is 1 - smoothing on the label and smoothing / classes
/// on each class. Throws Error(Data) for a label that is not a class.
template <class Reduction = Mean>
StepResult cross_entropy(const at::Tensor& logits, const at::Tensor& labels, double smoothing, at::Tensor* gradient) {
  LossValue v = detail::cross_entropy_of_labels<std::is_same_v<Reduction, Sum>>(logits, labels, smoothing, gradient);
  return {std::move(v.loss), std::move(v.correct), logits.sizes()[0], std::move(v.outside)};
}

/// Cross-entropy (without label smoothing) and hits of logits [N, classes] against labels [N].
inline StepResult score_batch(const at::Tensor& logits, const at::Tensor& labels) {
  return cross_entropy(logits, labels, 0, nullptr);
}

}  // namespace tuneit
