#pragma once
// Adagrad, in one fused call.
#include <ATen/ops/_fused_adagrad_ops.h>

#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/adagrad.hpp"

namespace tuneit {

template <class... O>
struct Update<Adagrad<O...>> {
  static constexpr bool leaves_out = true, counts_in_single = true;
  static void step(const GroupStep<Adagrad<O...>>& g) {
    at::_ops::_fused_adagrad_::call(detail::list(g.weights), detail::list(g.gradients), detail::list(g.state("sum")),
                                    detail::list(g.state("step")), g.lr, g.template number<LrDecay>(), g.decay,
                                    g.template number<Eps>(), false, std::nullopt, detail::given(g.overflow));
  }
};

}  // namespace tuneit
