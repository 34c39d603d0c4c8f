#pragma once
// Softmax cross-entropy with class weights, of mixed labels, against probabilities. Formulas: torch's cross_entropy.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax_ops.h>

#include <algorithm>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/kernels/loss/softmax_loss.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit::detail {

/// The weights of the classes, or null where all are 1. Throws Error(Usage) for another number of classes.
template <class L>
const double* class_weights(std::int64_t classes) {
  constexpr std::size_t count = L::class_weights::values.size();
  if constexpr (count == 0) {
    return nullptr;
  } else {
    if (static_cast<std::int64_t>(count) != classes)
      throw Error(
          ErrorKind::Usage,
          "the loss has weights of " + std::to_string(count) + " classes, and the head has " + std::to_string(classes),
          "Give ClassWeights one number for each class.");
    return L::class_weights::values.data();
  }
}

/// What the mean divides by: the number of labels, or the sum of their classes' weights.
inline double weight_of_labels(const at::Tensor& labels, const double* weights) {
  if (weights == nullptr) return static_cast<double>(labels.size(0));
  const at::Tensor plain = labels.to(at::kCPU).contiguous();
  const std::int64_t* const y = plain.const_data_ptr<std::int64_t>();
  double sum = 0;
  for (std::int64_t i = 0; i < plain.numel(); ++i) sum += weights[y[i]];
  return sum;
}

/// The weights of -log p for each sample and class, as the kernel's targets have them, for devices without.
inline at::Tensor dense(const Target& t, const at::Tensor& x, const at::Tensor& given, const kernels::LabelTargets& k) {
  const auto one = [&](const at::Tensor& labels, double share) {
    const at::Tensor y = labels.to(x.device()).unsqueeze(1);
    return aten::empty_like(x)
        .fill_(share * k.even)
        .scatter_add_(1, y, aten::empty_like(x.narrow(1, 0, 1)).fill_(share * k.on));
  };
  at::Tensor q = given.defined() ? given.mul(k.share * k.on).add_(k.share * k.even) : one(t.labels, k.share);
  if (!given.defined() && t.other.defined()) q.add_(one(t.other, k.rest));
  if (k.weights != nullptr) {
    const at::Tensor weights = aten::empty({x.size(1)}, at::TensorOptions(at::kDouble));
    std::copy_n(k.weights, x.size(1), weights.mutable_data_ptr<double>());
    q.mul_(weights.to(x.device(), x.scalar_type()));
  }
  return q;
}

/// With a summed loss the reported mean of mixed labels divides both parts by the weight of `labels`.
template <class L>
BatchResult softmax_loss_of(const at::Tensor& outputs, const Target& t, const LossNumbers& n, at::Tensor* gradient) {
  constexpr bool sum = std::is_same_v<typename L::reduction, Sum>;
  const std::int64_t rows = outputs.size(0), classes = outputs.size(1);
  const double* const weights = class_weights<L>(classes);
  const bool hard = are_classes(t.labels), is_mixed = hard && t.other.defined();
  if (!hard && !L::loss.soft)
    wrong_targets(t.labels, outputs, "int64 numbers of classes; for probabilities write CrossEntropy<SoftTargets>");
  if (is_mixed && !are_classes(t.other))
    wrong_targets(t.other, outputs, "labels of one kind for pictures that are mixed");

  kernels::LabelTargets k;
  k.weights = weights;
  k.on = 1 - n.smoothing;
  k.even = n.smoothing / static_cast<double>(classes);
  if (hard) check_classes(t.labels, outputs, classes);
  if (is_mixed) check_classes(t.other, outputs, classes);
  const double divisor = hard ? weight_of_labels(t.labels, weights) : static_cast<double>(rows);
  k.share = (is_mixed ? t.share : 1) / (sum ? 1 : divisor);
  if (is_mixed) k.rest = (1 - t.share) / (sum ? 1 : weight_of_labels(t.other, weights));
  at::Tensor given;
  if (!hard) given = numbers_of_targets(t, outputs);

  BatchResult result{0, 0, rows};
  if (has_kernels<single | double_precision>(outputs)) {
    const at::Tensor x = outputs.contiguous(), y = t.labels.contiguous(), other = is_mixed ? t.other.contiguous() : y;
    if (gradient != nullptr) *gradient = aten::empty_like(x);
    if (hard) k.labels = y.const_data_ptr<std::int64_t>();
    if (is_mixed) k.other = other.const_data_ptr<std::int64_t>();
    with_numbers<single | double_precision>(x.scalar_type(), [&]<class T>(T*) {
      if constexpr (!std::is_same_v<T, kernels::Bf16>) {
        T* const g = gradient == nullptr ? nullptr : data<T>(*gradient);
        const T* const logits = data<const T>(x);
        if (hard) {
          result.loss = kernels::softmax_loss<T>(logits, g, rows, classes, k);
          result.correct = kernels::count_correct(logits, k.labels, rows, classes);
        } else {
          result.correct = -1;  // no classes, no hits
          result.loss = kernels::softmax_loss<T>(
              logits, g, rows, classes,
              kernels::GivenTargets<T>{data<const T>(given), weights, classes, k.share, k.on, k.even});
        }
      }
    });
  } else {
    const at::Tensor q = dense(t, outputs, given, k), log_p = at::_ops::_log_softmax::call(outputs, 1, false);
    result.loss = -log_p.masked_fill(q.eq(0), 0).mul_(q).sum().item<double>();  // 0 times -infinity is nothing
    result.correct = correct_of(outputs, t.labels);
    if (gradient != nullptr) *gradient = log_p.exp().mul_(q.sum(1, true)).sub_(q);
  }
  if (sum) result.loss /= divisor;
  return result;
}

}  // namespace tuneit::detail
