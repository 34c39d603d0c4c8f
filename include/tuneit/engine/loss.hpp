#pragma once
// Softmax cross-entropy: value, hits and gradient in one go.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_softmax_ops.h>
#include <ATen/ops/cross_entropy_loss_ops.h>
#include <ATen/ops/one_hot_ops.h>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/train/numbers.hpp"
#include "tuneit/kernels/cross_entropy.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit {

/// Loss and hits of one batch: `loss` is the mean over its pictures.
struct BatchResult {
  double loss = 0;
  std::int64_t correct = 0, count = 0;
};

/// Mean cross-entropy of logits [N, classes] against labels [N] (int64), hits, and, if `gradient` is not null, the
/// gradient of the mean by the logits. The target is 1 - smoothing on the label and smoothing / classes on each class.
/// Throws Error(Data) for a label that is not a class.
inline BatchResult cross_entropy(const at::Tensor& logits, const at::Tensor& labels, double smoothing,
                                 at::Tensor* gradient) {
  BatchResult result{0, 0, labels.size(0)};
  if (detail::has_kernels<detail::single | detail::double_precision>(logits)) {
    const at::Tensor x = logits.contiguous(), y = labels.contiguous();
    if (gradient != nullptr) *gradient = aten::empty_like(x);
    bool valid = true;
    detail::with_numbers<detail::single | detail::double_precision>(x.scalar_type(), [&]<class T>(T*) {
      if constexpr (!std::is_same_v<T, kernels::Bf16>) {
        const kernels::CrossEntropy r = kernels::cross_entropy<T>(
            detail::data<const T>(x), y.const_data_ptr<std::int64_t>(),
            gradient == nullptr ? nullptr : detail::data<T>(*gradient), x.size(0), x.size(1), smoothing);
        result.loss = r.loss / static_cast<double>(result.count);
        result.correct = r.correct;
        valid = r.valid;
      }
    });
    if (!valid)
      throw Error(Fault::Data, "a label is not one of the " + std::to_string(x.size(1)) + " classes",
                  "labels count from 0");
    return result;
  }
  result.loss = at::_ops::cross_entropy_loss::call(logits, labels, {}, 1, -100, smoothing).item<double>();
  result.correct = logits.argmax(1).eq(labels).sum().item<std::int64_t>();
  if (gradient != nullptr) {
    const auto classes = logits.size(1);
    const at::Tensor target = at::_ops::one_hot::call(labels, classes)
                                  .to(logits.scalar_type())
                                  .mul_(1 - smoothing)
                                  .add_(smoothing / static_cast<double>(classes));
    *gradient = at::_ops::_softmax::call(logits, 1, false).sub_(target).div_(static_cast<double>(result.count));
  }
  return result;
}

/// Cross-entropy (without label smoothing) and hits of logits [N, classes] against labels [N].
inline BatchResult score_batch(const at::Tensor& logits, const at::Tensor& labels) {
  return cross_entropy(logits, labels, 0, nullptr);
}

}  // namespace tuneit
