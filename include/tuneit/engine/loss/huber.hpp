#pragma once
// Squared near the target, absolute far from it. Formulas: torch's huber_loss and smooth_l1_loss.
#include "tuneit/engine/loss/pointwise.hpp"
#include "tuneit/recipe/losses/huber.hpp"

namespace tuneit {

namespace kernels {

inline Slopes slopes(const HuberLoss& l, const at::Tensor& x, const at::Tensor& t) {
  const at::Tensor d = x.sub(t), near = d.clamp(-l.delta, l.delta);
  return {near.mul(d.sub(near.mul(0.5))).mul_(l.scale), near.mul(l.scale)};
}
inline Slopes slopes(const AbsoluteDifference&, const at::Tensor& x, const at::Tensor& t) {
  const at::Tensor d = x.sub(t);
  return {d.abs(), d.sign()};
}

}  // namespace kernels

template <class... Options>
struct LossRun<Huber<Options...>> {
  using Self = Huber<Options...>;
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>& n, at::Tensor* gradient) {
    return detail::pointwise_loss_of<Self>(y, t, kernels::HuberLoss{n[0], 1}, gradient);
  }
};
template <class... Options>
struct LossRun<SmoothL1<Options...>> {
  using Self = SmoothL1<Options...>;
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>& n, at::Tensor* gradient) {
    if (n[0] == 0) return detail::pointwise_loss_of<Self>(y, t, kernels::AbsoluteDifference{}, gradient);
    return detail::pointwise_loss_of<Self>(y, t, kernels::HuberLoss{n[0], 1 / n[0]}, gradient);
  }
};

}  // namespace tuneit
