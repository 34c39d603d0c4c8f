#pragma once
// Adafactor, one tensor after the other; the order of the operations is torch's. No number goes to the host.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <limits>

#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/recipe/optimizers/adafactor.hpp"

namespace tuneit {

template <class... O>
struct Update<Adafactor<O...>> {
  static constexpr bool rate_on_device = true;
  static void step(const GroupStep<Adafactor<O...>>& g) {
    const at::Tensor share = g.updates.pow(g.template number<Beta2Decay>());  // of the new in the averages
    const at::Tensor rate =
        g.rate == nullptr ? g.updates.rsqrt().clamp_max_(g.lr) : g.updates.rsqrt().clamp_max_(g.rate->lr);
    for (std::size_t i = 0; i < g.weights.size(); ++i) {
      const at::Tensor &p = g.weights[i], &gradient = g.gradients[i];
      const double smallest = p.scalar_type() == at::kDouble ? std::numeric_limits<double>::epsilon()
                                                             : std::numeric_limits<float>::epsilon();
      const double root = std::sqrt(static_cast<double>(p.numel()));
      const at::Tensor length = p.norm().div(root).clamp_min_(g.template number<LeastScale>()).mul_(rate);
      if (g.decay != 0) g.rate == nullptr ? p.mul_(1 - g.lr * g.decay) : p.mul_(g.rate->kept);
      at::Tensor estimate;
      if (p.dim() > 1) {
        const at::Tensor &rows = g.state("row_var")[i], &columns = g.state("col_var")[i];
        const at::Tensor squares = gradient.square();
        rows.lerp_(squares.mean(-1, true), share);
        columns.lerp_(squares.mean(-2, true), share);
        estimate = rows.matmul(columns).div_(rows.mean(-2, true).clamp_min_(smallest));
      } else {
        const at::Tensor& variance = g.state("variance")[i];
        variance.lerp_(gradient.square(), share);
        estimate = variance.clone();
      }
      const at::Tensor update = estimate.clamp_min_(smallest * smallest).rsqrt_().mul_(gradient);
      const at::Tensor limit = update.norm().div(root * g.template number<UpdateClip>()).clamp_min_(1);
      p.sub_(update.mul_(length.div(limit)));
    }
  }
};

}  // namespace tuneit
