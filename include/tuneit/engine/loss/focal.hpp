#pragma once
// Focal loss. Formula: torchvision's sigmoid_focal_loss.
#include <ATen/ops/log_sigmoid_ops.h>
#include <ATen/ops/sigmoid_ops.h>

#include "tuneit/engine/loss/pointwise.hpp"
#include "tuneit/recipe/losses/focal.hpp"

namespace tuneit {

namespace kernels {

inline Slopes slopes(const FocalLoss& l, const at::Tensor& x, const at::Tensor& t) {
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

}  // namespace kernels

template <class... Options>
struct LossRun<Focal<Options...>> {
  using Self = Focal<Options...>;
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>& n, at::Tensor* gradient) {
    return detail::pointwise_loss_of<Self>(y, t, kernels::FocalLoss{n[0], n[1]}, gradient);
  }
};

}  // namespace tuneit
