#pragma once
// Adam and AdamW, in one fused call.
#include <ATen/ops/_fused_adam_ops.h>
#include <ATen/ops/_fused_adamw_ops.h>

#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/adam.hpp"

namespace tuneit {
namespace detail {

/// `Op`: ATen's, `OnDevice` that with a rate there.
template <class Op, class OnDevice, class G>
void adam_step(const G& g) {
  const auto call = [&]<class Which>(Type<Which>, const auto& lr) {
    Which::call(list(g.weights), list(g.gradients), list(g.state("exp_avg")), list(g.state("exp_avg_sq")),
                list(g.state("max_exp_avg_sq")), list(g.state("step")), lr, g.template number<Betas>(),
                g.template number<Betas, 1>(), g.decay, g.template number<Eps>(), g.template has<AmsGrad>(), false,
                std::nullopt, given(g.overflow));
  };
  if (g.rate == nullptr) [[likely]]
    return call(Type<Op>{}, g.lr);
  move_fused(g, [&](const at::Tensor& lr) { call(Type<OnDevice>{}, lr); });
}

}  // namespace detail

template <class... O>
struct Update<Adam<O...>> {
  static constexpr bool leaves_out = true, counts_in_single = true, rate_on_device = true;
  static void step(const GroupStep<Adam<O...>>& g) {
    detail::adam_step<at::_ops::_fused_adam_, at::_ops::_fused_adam__tensor_lr>(g);
  }
};
template <class... O>
struct Update<AdamW<O...>> {
  static constexpr bool leaves_out = true, counts_in_single = true, rate_on_device = true;
  static void step(const GroupStep<AdamW<O...>>& g) {
    detail::adam_step<at::_ops::_fused_adamw_, at::_ops::_fused_adamw__tensor_lr>(g);
  }
};

}  // namespace tuneit
