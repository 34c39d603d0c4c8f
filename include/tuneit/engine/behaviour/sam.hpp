#pragma once
// How does sharpness-aware minimisation find its gradients? (arXiv 2010.01412)
#include <ATen/core/Tensor.h>
#include <ATen/ops/nan_to_num_ops.h>

#include <utility>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/behaviour/put_back.hpp"
#include "tuneit/recipe/behaviour/sam.hpp"

namespace tuneit {
template <auto Rho, class R>
struct Behaviour<Sam<Rho>, R> {
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) const {
    run();
    const std::vector<at::Tensor> gradients(c.gradients.begin(), c.gradients.end());
    if (gradients.empty()) return;
    std::vector<at::Tensor> weights;
    for (auto g = c.gradients.begin(); g != c.gradients.end(); ++g) weights.push_back(c.tensors[g.row()]);
    const detail::PutBack there(std::move(weights));
    // The norm stays on the device; 1e-12 as in the paper's reference code, for a gradient that is 0. Where it is not
    // finite (half precision overflows, and the scaler leaves the step out) the second pass is at w, too.
    const at::Tensor norm = aten::stack(aten::foreach_norm(gradients, 2)).norm();
    aten::foreach_mul_(gradients, norm.add(1e-12).reciprocal_().mul_(c.numbers[0]));
    for (at::Tensor g : gradients) at::_ops::nan_to_num_::call(g, 0.0, 0.0, 0.0);
    aten::foreach_add_(there.tensors(), gradients);
    run();
  }
};

}  // namespace tuneit
