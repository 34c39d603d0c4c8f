#pragma once
// Gradients are kept from being too large before the optimizer steps: torch.nn.utils.clip_grad_norm_ and
// clip_grad_value_, in place, on the gradients' device. Undefined gradients (of what is frozen) are passed over.
#include <ATen/core/Tensor.h>

#include <vector>

#include "tuneit/aten/cuda/gradients.hpp"
#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/recipe/behaviour/clip.hpp"

namespace tuneit {

namespace detail {

inline std::vector<at::Tensor> defined_of(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> there;
  there.reserve(tensors.size());
  for (const at::Tensor& t : tensors)
    if (t.defined()) there.push_back(t);
  return there;
}

/// Those that a policy of R is to limit: where groups limit their own, what it is given.
template <class R, class C>
decltype(auto) gradients_to_limit(const C& c) {
  if constexpr (R::parts::grouped)
    return Tensors(c.gradients.begin(), c.gradients.end());
  else
    return c.gradients.all();
}

}  // namespace detail

/// Scales the gradients down to a common 2-norm of at most `most`: g *= min(1, most / (norm + 1e-6)). Returns the norm
/// that they had, a number on their device. As in torch, a norm that is not finite makes them so.
inline at::Tensor clip_norm(const std::vector<at::Tensor>& gradients, double most) {
  const std::vector<at::Tensor> there = detail::defined_of(gradients);
  if (there.empty()) return aten::zeros({});
  if (there.front().is_cuda()) [[unlikely]]
    if (const auto launcher = aten::cuda::gradients_launcher(there))
      return aten::cuda::clip_norm(*launcher, there, most);
  const at::Tensor norm = aten::stack(aten::foreach_norm(there, 2)).norm();
  aten::foreach_mul_(there, norm.add(1e-6).reciprocal_().mul_(most).clamp_max_(1));
  return norm;
}

/// Each number of a gradient is cut to [-most, most].
inline void clip_value(const std::vector<at::Tensor>& gradients, double most) {
  const std::vector<at::Tensor> there = detail::defined_of(gradients);
  if (there.empty()) return;
  aten::foreach_clamp_min_(there, -most);
  aten::foreach_clamp_max_(there, most);
}

template <auto Max, class R>
struct Behaviour<ClipNorm<Max>, R> {
  template <class C>
  void on_gradients(const C& c) const {
    clip_norm(detail::gradients_to_limit<R>(c), c.numbers[0]);
  }
};
template <auto Max, class R>
struct Behaviour<ClipValue<Max>, R> {
  template <class C>
  void on_gradients(const C& c) const {
    clip_value(detail::gradients_to_limit<R>(c), c.numbers[0]);
  }
};

}  // namespace tuneit
