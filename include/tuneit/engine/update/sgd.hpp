#pragma once
// Stochastic gradient descent, in one fused call.
#include <ATen/ops/_fused_sgd_ops.h>

#include "tuneit/aten/cuda/optimizer.hpp"
#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/sgd.hpp"

namespace tuneit {

template <class... O>
struct Update<Sgd<O...>> {
  static constexpr bool leaves_out = true, rate_on_device = true;
  using Kernel = kernels::cuda::SgdTask;
  static bool has_kernel(const OptimizerValues<Sgd<O...>>&) { return true; }
  [[gnu::always_inline]] static void step(const GroupStep<Sgd<O...>>& g) {
    const std::optional<at::Tensor> overflow = detail::given(g.overflow);
    const bool first = g.first && !overflow;  // the kernel cannot leave out a first step: there a buffer of zeros
    const double dampening = g.first && overflow ? 0 : g.template number<Dampening>();
    if (g.rate != nullptr) [[unlikely]]
      return on_device(g, dampening, first);
    at::_ops::_fused_sgd_::call(detail::list(g.weights), detail::list(g.gradients),
                                detail::list(g.state("momentum_buffer")), g.decay, g.template number<Momentum>(), g.lr,
                                dampening, g.template has<Nesterov>(), false, first, std::nullopt, overflow);
  }

 private:
  static bool by_kernel(const GroupStep<Sgd<O...>>& g) {
    Kernel task;
    task.momentum = g.template number<Momentum>();
    task.dampening = g.first ? 0 : g.template number<Dampening>();
    task.nesterov = g.template has<Nesterov>() ? 1 : 0;
    return aten::cuda::optimizer_step(task, {g.weights, g.gradients, g.state("momentum_buffer"), {}}, *g.rate, g.decay,
                                      g.overflow);
  }
  [[gnu::noinline]] static void on_device(const GroupStep<Sgd<O...>>& g, double dampening, bool first) {
    if (by_kernel(g)) return;
    detail::move_fused(g, [&](at::TensorList gradients, const at::Tensor& lr) {
      at::_ops::_fused_sgd__tensor_lr::call(detail::list(g.weights), gradients,
                                            detail::list(g.state("momentum_buffer")), g.decay,
                                            g.template number<Momentum>(), lr, dampening, g.template has<Nesterov>(),
                                            false, first, std::nullopt, detail::given(g.overflow));
    });
  }
};

}  // namespace tuneit
