#pragma once
// Losses of each output by itself: sigmoid cross-entropy, squared difference, focal loss. Formulas: torch's
// binary_cross_entropy_with_logits and mse_loss, torchvision's sigmoid_focal_loss.
#include <ATen/core/Tensor.h>
#include <ATen/ops/log_sigmoid_ops.h>
#include <ATen/ops/sigmoid_ops.h>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/kernels/loss/pointwise_loss.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit::detail {

/// Value and slope at each output, by ATen: the kernels' formulas for devices that have none.
struct Slopes {
  at::Tensor value, slope;
};
inline Slopes slopes(const kernels::SquaredDifference&, const at::Tensor& x, const at::Tensor& t) {
  const at::Tensor d = x.sub(t);
  return {d.mul(d), d.mul(2)};
}
inline Slopes slopes(const kernels::SigmoidEntropy& l, const at::Tensor& x, const at::Tensor& t) {
  const at::Tensor negative = t.neg().add_(1), weight = t.mul(l.positive - 1).add_(1);
  return {negative.mul(x).sub_(weight.mul(at::_ops::log_sigmoid::call(x))),
          negative.sub(weight.mul(at::_ops::sigmoid::call(x.neg())))};
}
inline Slopes slopes(const kernels::FocalLoss& l, const at::Tensor& x, const at::Tensor& t) {
  const at::Tensor p = at::_ops::sigmoid::call(x), q = at::_ops::sigmoid::call(x.neg()), negative = t.neg().add_(1);
  const at::Tensor entropy = negative.mul(x).sub_(at::_ops::log_sigmoid::call(x)), u = p.mul(negative).add_(q.mul(t));
  const at::Tensor scaled = u.pow(l.gamma);
  at::Tensor more = scaled.div(u).mul_(p).mul_(q).mul_(t.mul(-2).add_(1)).mul_(l.gamma);
  more.masked_fill_(u.eq(0), 0);
  Slopes s{scaled.mul(entropy), scaled.mul(p.sub(t)).add_(entropy.mul(more))};
  if (l.alpha >= 0) {
    const at::Tensor a = t.mul(2 * l.alpha - 1).add_(1 - l.alpha);
    s.value.mul_(a);
    s.slope.mul_(a);
  }
  return s;
}

template <class L>
auto pointwise_kernel(const LossNumbers& n) {
  if constexpr (L::kind == LossKind::MeanSquaredError)
    return kernels::SquaredDifference{};
  else if constexpr (L::kind == LossKind::BinaryCrossEntropy)
    return kernels::SigmoidEntropy{n.pos_weight};
  else
    return kernels::FocalLoss{n.gamma, n.alpha};
}

template <class L>
BatchResult pointwise_loss_of(const at::Tensor& outputs, const Target& target, const LossNumbers& n,
                              at::Tensor* gradient) {
  constexpr bool sum = std::is_same_v<typename L::reduction, Sum>;
  if (L::kind == LossKind::MeanSquaredError && are_classes(target.labels))
    wrong_targets(target.labels, outputs, "a floating-point number for each output of each sample");
  const at::Tensor x = outputs.contiguous(), t = numbers_of_targets(target, x);
  const auto loss = pointwise_kernel<L>(n);
  const double size = static_cast<double>(x.numel()), scale = sum ? 1 : 1 / size;
  BatchResult result{0, correct_of(x, target.labels), x.size(0)};
  if (L::kind != LossKind::MeanSquaredError && !are_classes(target.labels)) {
    result.correct_labels = labels_correct(x, given_targets(target.labels, x));
    result.labels = x.numel();
  }
  if (has_kernels<single | double_precision>(x)) {
    if (gradient != nullptr) *gradient = aten::empty_like(x);
    with_numbers<single | double_precision>(x.scalar_type(), [&]<class T>(T*) {
      if constexpr (!std::is_same_v<T, kernels::Bf16>)
        result.loss =
            kernels::pointwise_loss<T>(data<const T>(x), data<const T>(t),
                                       gradient == nullptr ? nullptr : data<T>(*gradient), x.numel(), scale, loss) /
            size;
    });
    return result;
  }
  const Slopes s = slopes(loss, x, t);
  result.loss = s.value.sum().item<double>() / size;
  if (gradient != nullptr) *gradient = s.slope.mul(scale);
  return result;
}

}  // namespace tuneit::detail
