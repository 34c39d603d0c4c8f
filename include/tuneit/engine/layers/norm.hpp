#pragma once
// Batch norm and the activation behind it in training.
#include <utility>

#include "tuneit/engine/layers/norm_backward.hpp"
#include "tuneit/engine/layers/norm_forward.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit {

template <class BatchNorm, class Activation, auto F, bool NeedInput>
struct Train<op::Norm<BatchNorm, Activation>, F, NeedInput> {
  static constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, F>;
  static constexpr bool keeps = NeedInput || task.affine_moves;
  using Kept = detail::NormKept;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    return detail::norm_forward<F.dtypes>(std::move(x), {}, at.tensors, task, kept, keeps);
  }
  static Flow backward(Flow dy, Kept& kept, const Place& at) {
    return {detail::norm_backward<F.dtypes>(std::move(dy), at.tensors, at.gradients, task, kept, NeedInput, false,
                                            false, false)
                .x};
  }
};

}  // namespace tuneit
