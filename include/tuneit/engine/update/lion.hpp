#pragma once
// Lion over lists of tensors; the order of the operations is timm's.
#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/lion.hpp"

namespace tuneit {

template <class... O>
struct Update<Lion<O...>> {
  static constexpr bool rate_on_device = true;
  static void step(const GroupStep<Lion<O...>>& g) {
    const at::TensorList tensors = detail::list(g.weights), gradients = detail::list(g.gradients);
    const at::TensorList momentum = detail::list(g.state("exp_avg"));
    if (g.decay != 0)
      g.rate == nullptr ? aten::foreach_mul_(tensors, 1 - g.lr * g.decay) : aten::foreach_mul_(tensors, g.rate->kept);
    std::vector<at::Tensor> direction = aten::foreach_lerp(momentum, gradients, 1 - g.template number<Betas>());
    aten::foreach_sign_(direction);
    if (g.rate == nullptr) {
      aten::foreach_add_(tensors, direction, -g.lr);
    } else {
      aten::foreach_mul_(direction, g.rate->minus_lr);
      aten::foreach_add_(tensors, direction);
    }
    aten::foreach_lerp_(momentum, gradients, 1 - g.template number<Betas, 1>());
  }
};

}  // namespace tuneit
