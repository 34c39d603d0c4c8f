#pragma once
// Adam and AdamW, in one fused call.
#include <ATen/ops/_fused_adam_ops.h>
#include <ATen/ops/_fused_adamw_ops.h>

#include "tuneit/aten/cuda/optimizer.hpp"
#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/adam.hpp"

namespace tuneit {
namespace detail {

template <bool Decoupled, class G>
bool adam_by_kernel(const G& g) {
  if (g.template has<AmsGrad>()) return false;
  kernels::cuda::AdamTask task;
  task.steps = static_cast<const float*>(g.updates.const_data_ptr());
  task.beta1 = g.template number<Betas>();
  task.beta2 = g.template number<Betas, 1>();
  task.eps = g.template number<Eps>();
  task.decoupled = Decoupled ? 1 : 0;
  return aten::cuda::optimizer_step(task, {g.weights, g.gradients, g.state("exp_avg"), g.state("exp_avg_sq")}, *g.rate,
                                    g.decay, g.overflow);
}

/// `Op`: ATen's, `OnDevice` that with a rate there.
template <class Op, class OnDevice, bool Decoupled, class G>
void adam_step(const G& g) {
  const auto call = [&]<class Which>(Type<Which>, at::TensorList gradients, const auto& lr) {
    Which::call(list(g.weights), gradients, list(g.state("exp_avg")), list(g.state("exp_avg_sq")),
                list(g.state("max_exp_avg_sq")), list(g.state("step")), lr, g.template number<Betas>(),
                g.template number<Betas, 1>(), g.decay, g.template number<Eps>(), g.template has<AmsGrad>(), false,
                std::nullopt, given(g.overflow));
  };
  if (g.rate == nullptr) [[likely]]
    return call(Type<Op>{}, list(g.gradients), g.lr);
  if (adam_by_kernel<Decoupled>(g)) return;
  move_fused(g, [&](at::TensorList gradients, const at::Tensor& lr) { call(Type<OnDevice>{}, gradients, lr); });
}

}  // namespace detail

template <class... O>
struct Update<Adam<O...>> {
  static constexpr bool leaves_out = true, counts_in_single = true, rate_on_device = true;
  using Kernel = kernels::cuda::AdamTask;
  static bool has_kernel(const OptimizerValues<Adam<O...>>& n) { return !n.template has<AmsGrad>(); }
  static void step(const GroupStep<Adam<O...>>& g) {
    detail::adam_step<at::_ops::_fused_adam_, at::_ops::_fused_adam__tensor_lr, false>(g);
  }
};
template <class... O>
struct Update<AdamW<O...>> {
  static constexpr bool leaves_out = true, counts_in_single = true, rate_on_device = true;
  using Kernel = kernels::cuda::AdamTask;
  static bool has_kernel(const OptimizerValues<AdamW<O...>>& n) { return !n.template has<AmsGrad>(); }
  static void step(const GroupStep<AdamW<O...>>& g) {
    detail::adam_step<at::_ops::_fused_adamw_, at::_ops::_fused_adamw__tensor_lr, true>(g);
  }
};

}  // namespace tuneit
