#pragma once
// RMSprop over lists of tensors; the order of the operations is torch's.
#include <ATen/ops/_foreach_div_ops.h>

#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/rms_prop.hpp"

namespace tuneit {

template <class... O>
struct Update<RmsProp<O...>> {
  static constexpr bool rate_on_device = true;
  static void step(const GroupStep<RmsProp<O...>>& g) {
    const at::TensorList tensors = detail::list(g.weights), square = detail::list(g.state("square_avg"));
    at::TensorList gradients = detail::list(g.gradients);
    std::vector<at::Tensor> decayed;
    if (g.decay != 0) {
      decayed = aten::foreach_add(gradients, tensors, g.decay);
      gradients = decayed;
    }
    const double smoothing = g.template number<Smoothing>(), inertia = g.template number<Momentum>();
    aten::foreach_mul_(square, smoothing);
    aten::foreach_addcmul_(square, gradients, gradients, 1 - smoothing);
    std::vector<at::Tensor> size;
    if (g.template has<Centered>()) {
      const at::TensorList mean = detail::list(g.state("grad_avg"));
      aten::foreach_lerp_(mean, gradients, 1 - smoothing);
      size = aten::foreach_addcmul(square, mean, mean, -1);
      aten::foreach_sqrt_(size);
    } else {
      size = aten::foreach_sqrt(square);
    }
    aten::foreach_add_(size, g.template number<Eps>());
    if (inertia > 0) {
      const at::TensorList momentum = detail::list(g.state("momentum_buffer"));
      aten::foreach_mul_(momentum, inertia);
      aten::foreach_addcdiv_(momentum, gradients, size);
      if (g.rate == nullptr) return aten::foreach_add_(tensors, momentum, -g.lr);
      const std::vector<at::Tensor> way = at::_ops::_foreach_mul_Tensor::call(momentum, g.rate->minus_lr);
      aten::foreach_add_(tensors, way);
    } else {
      if (g.rate == nullptr) return aten::foreach_addcdiv_(tensors, gradients, size, -g.lr);
      at::_ops::_foreach_div__List::call(gradients, size);
      aten::foreach_mul_(gradients, g.rate->minus_lr);
      aten::foreach_add_(tensors, gradients);
    }
  }
};

}  // namespace tuneit
