#pragma once
// Adagrad, in one fused call.
#include <ATen/ops/_fused_adagrad_ops.h>

#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/adagrad.hpp"

namespace tuneit {

template <class... O>
struct Update<Adagrad<O...>> {
  static constexpr bool leaves_out = true, counts_in_single = true, rate_on_device = true;
  static void step(const GroupStep<Adagrad<O...>>& g) {
    const auto call = [&]<class Op>(Type<Op>, at::TensorList gradients, const auto& lr) {
      Op::call(detail::list(g.weights), gradients, detail::list(g.state("sum")), detail::list(g.state("step")), lr,
               g.template number<LrDecay>(), g.decay, g.template number<Eps>(), false, std::nullopt,
               detail::given(g.overflow));
    };
    if (g.rate == nullptr) [[likely]]
      return call(Type<at::_ops::_fused_adagrad_>{}, detail::list(g.gradients), g.lr);
    detail::move_fused(g, [&](at::TensorList gradients, const at::Tensor& lr) {
      call(Type<at::_ops::_fused_adagrad__tensor_lr>{}, gradients, lr);
    });
  }
};

}  // namespace tuneit
