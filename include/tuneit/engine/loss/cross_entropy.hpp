#pragma once
// Softmax cross-entropy of labels: value, hits and gradient in one go. The loss of most recipes; the others are in
// softmax.hpp and pointwise.hpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_softmax_ops.h>
#include <ATen/ops/cross_entropy_loss_ops.h>
#include <ATen/ops/one_hot_ops.h>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/kernels/loss/cross_entropy.hpp"
#include "tuneit/recipe/optimizers/optimizer_options.hpp"

namespace tuneit {

/// Mean cross-entropy of logits [N, classes] against labels [N] (int64), hits, and, if `gradient` is not null, the
/// gradient by the logits of the mean, or of the sum. The target is 1 - smoothing on the label and smoothing / classes
/// on each class. Throws Error(Data) for a label that is not a class.
template <class Reduction = Mean>
BatchResult cross_entropy(const at::Tensor& logits, const at::Tensor& labels, double smoothing, at::Tensor* gradient) {
  constexpr bool sum = std::is_same_v<Reduction, Sum>;
  const std::int64_t rows = logits.sizes()[0];
  if (!detail::are_classes(labels) || labels.dim() != 1 || labels.sizes()[0] != rows)
    detail::wrong_targets(labels, logits, "int64 numbers of classes, one for each sample");
  BatchResult result{0, 0, rows};
  if (detail::has_kernels<detail::single | detail::double_precision>(logits)) {
    const auto x = logits.expect_contiguous(), y = labels.expect_contiguous();
    if (gradient != nullptr) *gradient = aten::empty_like(*x);
    bool valid = true;
    detail::with_numbers<detail::single | detail::double_precision>(x->scalar_type(), [&]<class T>(T*) {
      if constexpr (!std::is_same_v<T, kernels::Bf16>) {
        const kernels::CrossEntropy r = kernels::cross_entropy<T, sum>(
            detail::data<const T>(*x), detail::data<const std::int64_t>(*y),
            gradient == nullptr ? nullptr : detail::data<T>(*gradient), rows, x->size(1), smoothing);
        result.loss = r.loss / static_cast<double>(rows);
        result.correct = r.correct;
        valid = r.valid;
      }
    });
    if (!valid) detail::check_classes(labels, logits, x->size(1));  // which one?
    return result;
  }
  const std::int64_t classes = logits.size(1);
  detail::check_classes(labels, logits, classes);
  result.loss = at::_ops::cross_entropy_loss::call(logits, labels, {}, 1, -100, smoothing).item<double>();
  result.correct = detail::correct_of(logits, labels);
  if (gradient != nullptr) {
    const at::Tensor target = at::_ops::one_hot::call(labels, classes)
                                  .to(logits.scalar_type())
                                  .mul_(1 - smoothing)
                                  .add_(smoothing / static_cast<double>(classes));
    *gradient = at::_ops::_softmax::call(logits, 1, false).sub_(target);
    if (!sum) gradient->div_(static_cast<double>(rows));
  }
  return result;
}

/// Cross-entropy (without label smoothing) and hits of logits [N, classes] against labels [N].
inline BatchResult score_batch(const at::Tensor& logits, const at::Tensor& labels) {
  return cross_entropy(logits, labels, 0, nullptr);
}

}  // namespace tuneit
