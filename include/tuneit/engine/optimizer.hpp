#pragma once
// One fused multi-tensor call per parameter group: SGD, Adam, AdamW with torch.optim's formulas.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adam_ops.h>
#include <ATen/ops/_fused_adamw_ops.h>
#include <ATen/ops/_fused_sgd_ops.h>

#include <optional>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/groups.hpp"
#include "tuneit/recipe/optimizers.hpp"

namespace tuneit {

/// The optimizer of one parameter group: its tensors, its state, its step.
template <Algorithm A>
class GroupOptimizer {
 public:
  /// `chosen` counts only where A is Algorithm::Chosen.
  GroupOptimizer(const Group& group, Algorithm chosen) : group_(group), chosen_(chosen) {}

  /// A tensor of the group, before the first step; its gradient will be in `row`.
  void add(const at::Tensor& tensor, std::size_t row) {
    tensors_.push_back(tensor);
    rows_.push_back(row);
  }

  /// One step with the rate lr (before the group's scale); takes the gradients away. Of a scaled loss, they are divided
  /// by `scale` first, and where one is not finite (`overflow`, as torch's gradient scaler has it) nothing moves.
  void step(double lr, const OptimizerNumbers& n, std::vector<at::Tensor>& gradients, const at::Tensor& scale = {},
            const at::Tensor& overflow = {}) {
    const at::NoGradGuard no_grad;
    grads_.clear();
    for (const std::size_t row : rows_) grads_.push_back(std::move(gradients[row]));
    scale_ = given(scale);
    overflow_ = given(overflow);
    const double rate = lr * group_.lr_scale, decay = n.weight_decay * group_.decay_scale;
    if (algorithm() == Algorithm::Sgd)
      sgd(rate, decay, n);
    else
      adam(rate, decay, n);
    grads_.clear();
  }

  [[nodiscard]] const Group& group() const { return group_; }

 private:
  // A constant where the recipe names its optimizer: the branches on it are then none.
  [[nodiscard]] Algorithm algorithm() const {
    if constexpr (A == Algorithm::Chosen)
      return chosen_;
    else
      return A;
  }

  void sgd(double rate, double decay, const OptimizerNumbers& n) {
    const bool first = first_;
    if (first_ && n.momentum != 0)
      for (const at::Tensor& t : tensors_) momentum_.push_back(aten::zeros_like(t));
    first_ = false;
    at::_ops::_fused_sgd_::call(tensors_, grads_, momentum_, decay, n.momentum, rate, n.dampening, n.nesterov, false,
                                first && !overflow_, scale_, overflow_);
  }

  void adam(double rate, double decay, const OptimizerNumbers& n) {
    if (first_)
      for (const at::Tensor& t : tensors_) {
        momentum_.push_back(aten::zeros_like(t));
        square_.push_back(aten::zeros_like(t));
      }
    if (first_ && !tensors_.empty())  // all tensors of the group share the count of steps
      steps_.assign(tensors_.size(), aten::zeros({}, tensors_.front().options()));
    first_ = false;
    if (!steps_.empty()) steps_.front().add_(1);
    if (algorithm() == Algorithm::Adam)
      at::_ops::_fused_adam_::call(tensors_, grads_, momentum_, square_, {}, steps_, rate, n.beta1, n.beta2, decay,
                                   n.eps, false, false, scale_, overflow_);
    else
      at::_ops::_fused_adamw_::call(tensors_, grads_, momentum_, square_, {}, steps_, rate, n.beta1, n.beta2, decay,
                                    n.eps, false, false, scale_, overflow_);
    if (overflow_ && !steps_.empty()) steps_.front().sub_(*overflow_);  // a step that was left out does not count
  }

  static std::optional<at::Tensor> given(const at::Tensor& t) {
    return t.defined() ? std::optional<at::Tensor>(t) : std::nullopt;
  }

  Group group_;
  std::vector<at::Tensor> tensors_, grads_, momentum_, square_, steps_;
  std::vector<std::size_t> rows_;
  std::optional<at::Tensor> scale_, overflow_;
  Algorithm chosen_;
  bool first_ = true;
};

}  // namespace tuneit
