#pragma once
// Optimizers that ATen has no fused call for, over lists of tensors. The formulas are at their types in
// recipe/optimizers/optimizers.hpp; the order of the operations is torch's and timm's.
#include <ATen/core/Tensor.h>

#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/recipe/optimizers/optimizer_options.hpp"

namespace tuneit::detail {

/// A step of RmsProp. `mean` is empty unless it is centered, `momentum` unless it has one. The gradients keep their
/// values.
inline void rms_prop_step(at::TensorList tensors, at::TensorList gradients, at::TensorList square, at::TensorList mean,
                          at::TensorList momentum, const OptimizerNumbers& n) {
  std::vector<at::Tensor> decayed;
  if (n.weight_decay != 0) {
    decayed = aten::foreach_add(gradients, tensors, n.weight_decay);
    gradients = decayed;
  }
  aten::foreach_mul_(square, n.smoothing);
  aten::foreach_addcmul_(square, gradients, gradients, 1 - n.smoothing);
  std::vector<at::Tensor> size;
  if (n.centered) {
    aten::foreach_lerp_(mean, gradients, 1 - n.smoothing);
    size = aten::foreach_addcmul(square, mean, mean, -1);
    aten::foreach_sqrt_(size);
  } else {
    size = aten::foreach_sqrt(square);
  }
  aten::foreach_add_(size, n.eps);
  if (n.momentum > 0) {
    aten::foreach_mul_(momentum, n.momentum);
    aten::foreach_addcdiv_(momentum, gradients, size);
    aten::foreach_add_(tensors, momentum, -n.lr);
  } else {
    aten::foreach_addcdiv_(tensors, gradients, size, -n.lr);
  }
}

/// A step of Lion.
inline void lion_step(at::TensorList tensors, at::TensorList gradients, at::TensorList momentum,
                      const OptimizerNumbers& n) {
  if (n.weight_decay != 0) aten::foreach_mul_(tensors, 1 - n.lr * n.weight_decay);
  std::vector<at::Tensor> direction = aten::foreach_lerp(momentum, gradients, 1 - n.beta1);
  aten::foreach_sign_(direction);
  aten::foreach_add_(tensors, direction, -n.lr);
  aten::foreach_lerp_(momentum, gradients, 1 - n.beta2);
}

}  // namespace tuneit::detail
