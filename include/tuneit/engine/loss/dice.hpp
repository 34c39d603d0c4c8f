#pragma once
// Dice loss. Formula: MONAI's DiceLoss; V-Net (arXiv 1606.04797) with SquaredSums.
#include <ATen/core/Tensor.h>

#include <type_traits>

#include "tuneit/engine/loss/softmax.hpp"
#include "tuneit/recipe/losses/dice.hpp"

namespace tuneit {

template <class... Options>
struct LossRun<Dice<Options...>> {
  using Self = Dice<Options...>;

  static LossValue run(const at::Tensor& y, const Targets& target, const Numbers<Self>& n, at::Tensor* gradient) {
    const at::Tensor x = y.reshape({y.size(0), y.size(1), -1}), t = target.value.reshape(x.sizes()),
                     p = Self::softmax ? x.softmax(1) : x.sigmoid();
    const auto size = [](const at::Tensor& of) { return (Self::squared ? of.mul(of) : of).sum(2); };
    const at::Tensor above = p.mul(t).sum(2).mul_(2).add_(n[0]), below = size(p).add_(size(t)).add_(n[0]);  // [N, K]
    const double count = static_cast<double>(above.numel());
    const at::Tensor weights = weights_of(x, target.weight);
    at::Tensor each = above.div(below).neg_().add_(1);
    if (weights.defined()) each = each.mul(weights);
    if (gradient != nullptr) {
      at::Tensor scale = below.reciprocal();
      at::Tensor by_sum = above.mul(scale).mul_(scale);  // by the denominator
      if (weights.defined()) scale = scale.mul(weights), by_sum = by_sum.mul(weights);
      if (!std::is_same_v<typename Self::reduction, Sum>) scale = scale.div(count), by_sum = by_sum.div(count);
      const at::Tensor shared = by_sum.unsqueeze(2);
      at::Tensor dp = t.mul(scale.mul(-2).unsqueeze(2));
      dp.add_(Self::squared ? p.mul(shared).mul_(2) : shared);
      if constexpr (Self::softmax)
        *gradient = dp.sub(dp.mul(p).sum(1, /*keepdim=*/true)).mul_(p).view(y.sizes());
      else
        *gradient = dp.mul_(p).mul_(p.neg().add_(1)).view(y.sizes());
    }
    return each.sum().div(count);
  }

 private:
  /// Of each channel and sample [1 or N, 1 or K]; undefined: all alike.
  static at::Tensor weights_of(const at::Tensor& x, const at::Tensor& samples) {
    constexpr auto& channels = Self::channel_weights::values;
    at::Tensor w;
    if (samples.defined()) w = samples.to(x.device(), x.scalar_type()).unsqueeze(1);
    if constexpr (!channels.empty()) {
      const at::Tensor each =
          detail::weights_beside(x, x.scalar_type(), channels.data(), static_cast<std::int64_t>(channels.size()))
              .unsqueeze(0);
      w = w.defined() ? w.mul(each) : each;
    }
    return w;
  }
};

}  // namespace tuneit
