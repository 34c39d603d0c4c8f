#pragma once
// Sigmoid cross-entropy. Formula: torch's binary_cross_entropy_with_logits.
#include <ATen/ops/log_sigmoid_ops.h>
#include <ATen/ops/sigmoid_ops.h>

#include "tuneit/engine/loss/pointwise.hpp"
#include "tuneit/recipe/losses/binary_cross_entropy.hpp"

namespace tuneit {

namespace kernels {

inline Slopes slopes(const SigmoidEntropy& l, const at::Tensor& x, const at::Tensor& t) {
  const at::Tensor negative = t.neg().add_(1), weight = t.mul(l.positive - 1).add_(1);
  return {negative.mul(x).sub_(weight.mul(at::_ops::log_sigmoid::call(x))),
          negative.sub(weight.mul(at::_ops::sigmoid::call(x.neg())))};
}

}  // namespace kernels

template <class... Options>
struct LossRun<BinaryCrossEntropy<Options...>> {
  using Self = BinaryCrossEntropy<Options...>;
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>& n, at::Tensor* gradient) {
    return detail::pointwise_loss_of<Self>(y, t, kernels::SigmoidEntropy{n[0]}, gradient);
  }
};

}  // namespace tuneit
