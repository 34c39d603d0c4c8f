#pragma once
// One fused multi-tensor call per parameter group, where ATen has one: SGD, Adam, AdamW, Adagrad with torch.optim's
// formulas; RMSprop and Lion over lists of tensors.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adagrad_ops.h>
#include <ATen/ops/_fused_adam_ops.h>
#include <ATen/ops/_fused_adamw_ops.h>
#include <ATen/ops/_fused_sgd_ops.h>

#include <optional>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/update/foreach.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit {

/// The optimizer of one parameter group: its tensors, its state, its step.
template <Algorithm A>
class GroupOptimizer {
 public:
  /// `chosen` counts only where A is Algorithm::Chosen.
  explicit GroupOptimizer(Algorithm chosen) : chosen_(chosen) {}

  /// A tensor of the group, before the first step; its gradient will be in `row`.
  void add(const at::Tensor& tensor, std::size_t row) {
    tensors_.push_back(tensor);
    rows_.push_back(row);
  }

  /// One step with the numbers n (the group's scales are in them); takes the gradients away. They must lie in memory as
  /// their tensors do. Of a scaled loss, they are divided by `scale` first, and where one is not finite (`overflow`, as
  /// torch's gradient scaler has it) nothing moves. Where the group has no gradients it is frozen: nothing moves
  /// either, no count of steps. Throws Error(Usage) where it has some of them only.
  void step(const OptimizerNumbers& n, std::vector<at::Tensor>& gradients, const at::Tensor& scale = {},
            const at::Tensor& overflow = {}) {
    if (rows_.empty() || !gradients[rows_.front()].defined()) return check_none(gradients);
    const at::NoGradGuard no_grad;
    grads_.clear();
    for (const std::size_t row : rows_) grads_.push_back(std::move(gradients[row]));
    scale_ = given(scale);
    overflow_ = given(overflow);
    const bool first = momentum_.empty();
    make_state(n);
    switch (algorithm()) {
      case Algorithm::Sgd:
        at::_ops::_fused_sgd_::call(tensors_, grads_, n.momentum != 0 ? at::TensorList(momentum_) : at::TensorList(),
                                    n.weight_decay, n.momentum, n.lr, n.dampening, n.nesterov, false,
                                    first && !overflow_, scale_, overflow_);
        break;
      case Algorithm::Adam:
        count([&] {
          at::_ops::_fused_adam_::call(tensors_, grads_, momentum_, square_, largest_, steps_, n.lr, n.beta1, n.beta2,
                                       n.weight_decay, n.eps, n.amsgrad, false, scale_, overflow_);
        });
        break;
      case Algorithm::AdamW:
        count([&] {
          at::_ops::_fused_adamw_::call(tensors_, grads_, momentum_, square_, largest_, steps_, n.lr, n.beta1, n.beta2,
                                        n.weight_decay, n.eps, n.amsgrad, false, scale_, overflow_);
        });
        break;
      case Algorithm::Adagrad:
        count([&] {
          at::_ops::_fused_adagrad_::call(tensors_, grads_, square_, steps_, n.lr, n.lr_decay, n.weight_decay, n.eps,
                                          false, scale_, overflow_);
        });
        break;
      case Algorithm::RmsProp:
        if (unscaled()) detail::rms_prop_step(tensors_, grads_, square_, mean_, momentum_, n);
        break;
      case Algorithm::Lion:
        if (unscaled()) detail::lion_step(tensors_, grads_, momentum_, n);
        break;
      case Algorithm::Chosen:
        break;
    }
    grads_.clear();
  }

  /// Makes the state as it is before the first step, so that a checkpoint's can be copied into it. `step` does it.
  void make_state(const OptimizerNumbers& n) {
    const Algorithm a = algorithm();
    if (a == Algorithm::Lion || detail::is_adam(a) ||
        ((a == Algorithm::Sgd || a == Algorithm::RmsProp) && n.momentum != 0))
      fill(momentum_, 0);
    if (detail::is_adam(a) || a == Algorithm::RmsProp) fill(square_, 0);
    if (a == Algorithm::Adagrad) fill(square_, n.accumulator);
    if (detail::is_adam(a) && n.amsgrad) fill(largest_, 0);
    if (a == Algorithm::RmsProp && n.centered) fill(mean_, 0);
    if ((detail::is_adam(a) || a == Algorithm::Adagrad) && steps_.empty())  // all tensors of the group share the count
      steps_.assign(tensors_.size(), aten::zeros({}, tensors_.front().options()));
  }

  void state(Archive& a) {
    a("momentum", momentum_);
    a("square", square_);
    a("largest", largest_);
    a("mean", mean_);
    at::Tensor count = steps_.empty() ? at::Tensor() : steps_.front();
    a("step", count);
    steps_.assign(count.defined() ? tensors_.size() : 0, count);
  }

  /// The tensors of the group, and the rows of their gradients.
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return tensors_; }
  [[nodiscard]] const std::vector<std::size_t>& rows() const { return rows_; }

  /// Calls f(name, tensors) for each kind of state that there is by now, by torch's names: one tensor for each of the
  /// group's, in their order. "step" is one and the same tensor for all of them.
  template <class F>
  void each_state(const F& f) const {
    const Algorithm a = algorithm();
    const auto one = [&](const char* name, const std::vector<at::Tensor>& state) {
      if (!state.empty()) f(name, state);
    };
    one("step", steps_);
    one(a == Algorithm::Sgd || a == Algorithm::RmsProp ? "momentum_buffer" : "exp_avg", momentum_);
    one(a == Algorithm::Adagrad ? "sum" : a == Algorithm::RmsProp ? "square_avg" : "exp_avg_sq", square_);
    one("max_exp_avg_sq", largest_);
    one("grad_avg", mean_);
  }

 private:
  // A constant where the recipe names its optimizer: the branches on it are then none.
  [[nodiscard]] Algorithm algorithm() const {
    if constexpr (A == Algorithm::Chosen)
      return chosen_;
    else
      return A;
  }

  void fill(std::vector<at::Tensor>& state, double value) const {
    if (state.empty()) [[unlikely]]
      make(state, value);
  }
  // Out of line, so that the test before it is in line: it is in every step.
  [[gnu::noinline]] void make(std::vector<at::Tensor>& state, double value) const {
    for (const at::Tensor& t : tensors_) state.push_back(aten::zeros_like(t).fill_(value));
  }

  /// A step that is counted, unless an overflow leaves it out.
  template <class Step>
  void count(const Step& step) {
    steps_.front().add_(1);
    step();
    if (overflow_) steps_.front().sub_(overflow_->reshape({}));
  }

  /// Divides the gradients by the scale; false: there was an overflow. Reads it from the device.
  bool unscaled() {
    if (overflow_ && overflow_->template item<double>() != 0) return false;
    if (scale_)
      for (at::Tensor& g : grads_) g = g.div(*scale_);
    return true;
  }

  void check_none(const std::vector<at::Tensor>& gradients) const {
    for (const std::size_t row : rows_)
      if (gradients[row].defined())
        throw Error(ErrorKind::Usage, "some tensors of a parameter group have gradients and others have none",
                    "Tensors that do not always train together are groups of their own.");
  }

  static std::optional<at::Tensor> given(const at::Tensor& t) {
    return t.defined() ? std::optional<at::Tensor>(t) : std::nullopt;
  }

  std::vector<at::Tensor> tensors_, grads_;
  std::vector<at::Tensor> momentum_, square_, largest_, mean_, steps_;
  std::vector<std::size_t> rows_;
  std::optional<at::Tensor> scale_, overflow_;
  Algorithm chosen_;
};

}  // namespace tuneit
