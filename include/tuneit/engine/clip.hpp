#pragma once
// Gradients are kept from being too large before the optimizer steps: torch.nn.utils.clip_grad_norm_ and
// clip_grad_value_, in place, on the gradients' device. Undefined gradients (of what is frozen) are passed over.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_foreach_clamp_max.h>
#include <ATen/ops/_foreach_clamp_min.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <vector>

namespace tuneit {

namespace detail {

inline std::vector<at::Tensor> defined_of(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> there;
  there.reserve(tensors.size());
  for (const at::Tensor& t : tensors)
    if (t.defined()) there.push_back(t);
  return there;
}

}  // namespace detail

/// Scales the gradients down to a common 2-norm of at most `most`: g *= min(1, most / (norm + 1e-6)). Returns the norm
/// that they had, a number on their device. As in torch, a norm that is not finite makes them so.
inline at::Tensor clip_norm(const std::vector<at::Tensor>& gradients, double most) {
  const std::vector<at::Tensor> there = detail::defined_of(gradients);
  if (there.empty()) return at::zeros({});
  const at::Tensor norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(there, 2)), 2);
  at::_foreach_mul_(there, norm.add(1e-6).reciprocal_().mul_(most).clamp_max_(1));
  return norm;
}

/// Each number of a gradient is cut to [-most, most].
inline void clip_value(const std::vector<at::Tensor>& gradients, double most) {
  const std::vector<at::Tensor> there = detail::defined_of(gradients);
  if (there.empty()) return;
  at::_foreach_clamp_min_(there, -most);
  at::_foreach_clamp_max_(there, most);
}

}  // namespace tuneit
