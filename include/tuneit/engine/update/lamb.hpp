#pragma once
// LAMB over lists of tensors. No number goes to the host.
#include <ATen/ops/_foreach_div_ops.h>

#include <cmath>

#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/lamb.hpp"

namespace tuneit {

template <class... O>
struct Update<Lamb<O...>> {
  static constexpr bool rate_on_device = true;
  static void step(const GroupStep<Lamb<O...>>& g) {
    const double beta1 = g.template number<Betas>(), beta2 = g.template number<Betas, 1>();
    const at::TensorList tensors = detail::list(g.weights), gradients = detail::list(g.gradients);
    const at::TensorList mean = detail::list(g.state("exp_avg")), square = detail::list(g.state("exp_avg_sq"));
    aten::foreach_lerp_(mean, gradients, 1 - beta1);
    aten::foreach_mul_(square, beta2);
    aten::foreach_addcmul_(square, gradients, gradients, 1 - beta2);
    // 1 - beta^t, on the device
    const auto correction = [&](double beta) { return g.updates.mul(std::log(beta)).expm1().neg(); };
    std::vector<at::Tensor> size = aten::foreach_sqrt(square);
    at::_ops::_foreach_div__Tensor::call(size, correction(beta2).sqrt());
    aten::foreach_add_(size, g.template number<Eps>());
    std::vector<at::Tensor> update = at::_ops::_foreach_div_List::call(mean, size);
    at::_ops::_foreach_div__Tensor::call(update, correction(beta1));
    if (g.decay != 0) {
      aten::foreach_add_(update, tensors, g.decay);
      const std::vector<at::Tensor> weight_norms = aten::foreach_norm(tensors, 2),
                                    norms = aten::foreach_norm(update, 2);
      for (std::size_t i = 0; i < update.size(); ++i) {
        const at::Tensor ratio = weight_norms[i].div(norms[i]);  // 0, or no finite number, where one of them is 0
        update[i].mul_(ratio.masked_fill(ratio.gt(0).logical_and_(ratio.isfinite()).logical_not_(), 1));
      }
    }
    if (g.rate == nullptr) return aten::foreach_add_(tensors, update, -g.lr);
    aten::foreach_mul_(update, g.rate->minus_lr);
    aten::foreach_add_(tensors, update);
  }
};

}  // namespace tuneit
