#pragma once
// Batch norm and the activation behind it in training.
#include <utility>

#include "tuneit/engine/layers/norm_backward.hpp"
#include "tuneit/engine/layers/norm_forward.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit {

template <class BatchNorm, class Activation, auto F, Need N>
struct Train<op::Norm<BatchNorm, Activation>, F, N> {
  static constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, F>;
  static constexpr bool keeps = N.x || task.affine_moves;
  using Saved = detail::NormSaved;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    return detail::norm_forward<F.dtypes>(std::move(x), {}, c.tensors, task, saved, keeps, c.statistics);
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    return {
        detail::norm_backward<F.dtypes>(std::move(dy), c.tensors, c.gradients, task, saved, N.x, false, false, false)
            .x};
  }
};

}  // namespace tuneit
