#pragma once
// Squared difference. Formula: torch's mse_loss.
#include "tuneit/engine/loss/pointwise.hpp"
#include "tuneit/recipe/losses/mean_squared_error.hpp"

namespace tuneit {

namespace kernels {

inline Slopes slopes(const SquaredDifference&, const at::Tensor& x, const at::Tensor& t) {
  const at::Tensor d = x.sub(t);
  return {d.mul(d), d.mul(2)};
}

}  // namespace kernels

template <class... Options>
struct LossRun<MeanSquaredError<Options...>> {
  using Self = MeanSquaredError<Options...>;
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>&, at::Tensor* gradient) {
    return detail::pointwise_loss_of<Self>(y, t, kernels::SquaredDifference{}, gradient);
  }
};

}  // namespace tuneit
