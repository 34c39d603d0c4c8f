#pragma once
// Softmax cross-entropy with class weights, of mixed labels, against probabilities. Formulas: torch's cross_entropy.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax_ops.h>

#include <algorithm>

#include "tuneit/aten/cuda/cross_entropy.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/loss_run.hpp"
#include "tuneit/engine/loss/tokens.hpp"
#include "tuneit/kernels/loss/softmax_loss.hpp"
#include "tuneit/recipe/losses/cross_entropy.hpp"

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

/// What the mean divides by: the number of labels, or the sum of their classes' weights. Reads the labels.
inline double weight_of_labels(const at::Tensor& labels, const double* weights) {
  if (weights == nullptr) return static_cast<double>(labels.size(0));
  const at::Tensor plain = labels.to(at::kCPU).contiguous();
  const std::int64_t* const y = plain.const_data_ptr<std::int64_t>();
  double sum = 0;
  for (std::int64_t i = 0; i < plain.numel(); ++i) sum += weights[y[i]];
  return sum;
}

/// Of labels: what each class of each sample should have, and what the mean divides by.
struct ClassTargets {
  at::Tensor q;
  DeviceScalar divisor;

  /// `given`: probabilities [N, C] instead of int64 labels [N]; by_class: the classes' weights, or undefined.
  ClassTargets(const at::Tensor& x, const at::Tensor& labels, bool given, double smoothing, const at::Tensor& by_class,
               const at::Tensor& of_samples)
      : divisor(static_cast<double>(x.size(0))) {
    const double on = 1 - smoothing, even = smoothing / static_cast<double>(x.size(1));
    if (given) {
      q = labels.mul(on).add_(even);
    } else {
      const at::Tensor ones = aten::empty_like(x.narrow(1, 0, 1)).fill_(on);
      q = aten::empty_like(x).fill_(even);
      q.scatter_add_(1, labels.unsqueeze(1), ones);
      if (by_class.defined()) divisor = by_class.index_select(0, labels).sum();
    }
    if (by_class.defined()) q.mul_(by_class);
    if (of_samples.defined()) q.mul_(of_samples.to(x.device(), x.scalar_type()).unsqueeze(1));
  }

  [[nodiscard]] at::Tensor divided(const at::Tensor& sum) const {
    return divisor.on_device() ? sum.div(divisor.tensor()) : sum.div(static_cast<double>(divisor));
  }
};

/// For devices that have no kernels, and for samples that count differently; the same without a host.
inline void softmax_by_aten(LossValue& result, const at::Tensor& x, const Targets& t, const at::Tensor& given,
                            double smoothing, const double* weights, bool is_sum, at::Tensor* gradient) {
  at::Tensor by_class;
  if (weights != nullptr) by_class = weights_beside(x, x.scalar_type(), weights, x.size(1));
  const bool soft = given.defined();
  const ClassTargets own(x, soft ? given : t.value, soft, smoothing, by_class, t.weight);
  at::Tensor q = is_sum ? own.q : own.divided(own.q);
  if (!soft && t.other.defined()) {
    const ClassTargets other(x, t.other, false, smoothing, by_class, t.weight);
    q = mix_of(q, is_sum ? other.q : other.divided(other.q), t.share);
  }
  const at::Tensor log_p = at::_ops::_log_softmax::call(x, 1, false);
  at::Tensor loss = log_p.masked_fill(q.eq(0), 0).mul_(q).sum().neg_();  // 0 times -infinity is nothing
  if (gradient != nullptr) *gradient = log_p.exp().mul_(q.sum(1, true)).sub_(q);
  result.loss = is_sum ? own.divided(loss) : loss;
}

/// With a summed loss the reported mean of mixed labels divides both parts by the weight of the samples' own.
template <class L>
LossValue softmax_loss_of(const at::Tensor& outputs, const Targets& t, double smoothing, at::Tensor* gradient) {
  constexpr bool is_sum = std::is_same_v<typename L::reduction, Sum>;
  if (outputs.dim() != 2) {
    if constexpr (takes_token_outputs<L>)
      if (outputs.dim() == 3 && !t.other.defined() && !t.weight.defined())
        return loss_of_tokens(outputs, t.value, gradient, class_weights<L>(outputs.size(2)), is_sum, smoothing,
                              [&](const at::Tensor& x, const at::Tensor& y, at::Tensor* g) {
                                return softmax_loss_of<L>(x, {y}, smoothing, g);
                              });
    wrong_targets(t.value, outputs, "outputs [samples, classes]");
  }
  const std::int64_t rows = outputs.size(0), classes = outputs.size(1);
  const double* const weights = class_weights<L>(classes);
  const bool hard = are_classes(t.value), is_mixed = hard && t.other.defined();
  if (!hard && !L::soft)
    wrong_targets(t.value, outputs, "int64 numbers of classes; for probabilities write CrossEntropy<SoftTargets>");
  if (is_mixed && !are_classes(t.other))
    wrong_targets(t.other, outputs, "labels of one kind for pictures that are mixed");

  LossValue result;
  result.counts = LossValue::Samples;
  if (t.value.is_cuda() && hard && !is_mixed && !t.weight.defined() && t.value.dim() == 1 && t.value.size(0) == rows)
    if (const auto own = aten::cuda::loss_launcher(outputs)) {
      at::Tensor by_class;
      if (weights != nullptr) by_class = weights_beside(outputs, outputs.scalar_type(), weights, classes);
      aten::cuda::CrossEntropy r =
          aten::cuda::cross_entropy(*own, outputs, t.value, by_class, smoothing, is_sum, gradient);
      result.loss = std::move(r.loss);
      result.correct = std::move(r.hits);
      result.outside = std::move(r.outside);
      return result;
    }
  Targets checked{t.value, t.other, t.share, t.weight};
  if (hard) checked.value = checked_classes(t.value, outputs, classes, result.outside);
  if (is_mixed) checked.other = checked_classes(t.other, outputs, classes, result.outside);
  at::Tensor given;
  if (!hard) given = numbers_of_targets(t, outputs, result.outside);
  if (!has_kernels<single | double_precision>(outputs) || t.weight.defined()) {
    softmax_by_aten(result, outputs, checked, given, smoothing, weights, is_sum, gradient);
    result.correct = correct_of(outputs, checked.value);
    return result;
  }
  kernels::LabelTargets k;
  k.weights = weights;
  k.on = 1 - smoothing;
  k.even = smoothing / static_cast<double>(classes);
  const double divisor = hard ? weight_of_labels(t.value, weights) : static_cast<double>(rows);
  k.share = (is_mixed ? static_cast<double>(t.share) : 1) / (is_sum ? 1 : divisor);
  if (is_mixed) k.rest = (1 - t.share) / (is_sum ? 1 : weight_of_labels(t.other, weights));
  const at::Tensor x = outputs.contiguous(), y = t.value.contiguous(), other = is_mixed ? t.other.contiguous() : y;
  if (gradient != nullptr) *gradient = aten::empty_like(x);
  if (hard) k.labels = y.const_data_ptr<std::int64_t>();
  if (is_mixed) k.other = other.const_data_ptr<std::int64_t>();
  double loss = 0;
  with_numbers<single | double_precision>(x.scalar_type(), [&]<class T>(T*) {
    if constexpr (!std::is_same_v<T, kernels::Bf16>) {
      T* const g = gradient == nullptr ? nullptr : data<T>(*gradient);
      const T* const logits = data<const T>(x);
      if (hard) {
        loss = kernels::softmax_loss<T>(logits, g, rows, classes, k);
        result.correct = static_cast<double>(kernels::count_correct(logits, k.labels, rows, classes));
      } else {
        result.correct = -1;  // no classes, no hits
        loss = kernels::softmax_loss<T>(
            logits, g, rows, classes,
            kernels::GivenTargets<T>{data<const T>(given), weights, classes, k.share, k.on, k.even});
      }
    }
  });
  result.loss = is_sum ? loss / divisor : loss;
  return result;
}

}  // namespace tuneit::detail
