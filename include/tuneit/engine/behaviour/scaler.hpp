#pragma once
// Half precision has few exponents: the loss is multiplied before backward, so that small gradients survive.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale_ops.h>
#include <ATen/ops/_amp_update_scale_ops.h>

#include <optional>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/recipe/policies/precision.hpp"

namespace tuneit {

/// torch.amp.GradScaler with its defaults, on the device: the scale starts at 65,536, doubles after 2,000 steps without
/// an overflow and halves at each, whose step is left out. Nothing is read back by the host.
class GradScaler {
 public:
  explicit GradScaler(const at::Device& device)
      : scale_(aten::full({1}, 65536.0, at::TensorOptions(at::kFloat).device(device))),
        growth_(aten::full({1}, 0, at::TensorOptions(at::kInt).device(device))) {}

  /// The gradient of the scaled loss.
  [[nodiscard]] at::Tensor scaled(const at::Tensor& gradient) const { return gradient.mul(scale_); }

  /// Divides the gradients by the scale, looks for an overflow, and sets the scale of the next step. Returns 1 (float,
  /// [1]) if there was one, or `bad` is 1 already, else 0: what the optimizer is told.
  at::Tensor unscale(const std::vector<at::Tensor>& gradients, const at::Tensor& bad = {}) {
    at::Tensor overflow = bad.defined() ? bad.clone() : aten::full({1}, 0.0, scale_.options());
    std::vector<at::Tensor> there;
    for (const at::Tensor& g : gradients)
      if (g.defined()) there.push_back(g);
    at::_ops::_amp_foreach_non_finite_check_and_unscale_::call(there, overflow, scale_.reciprocal());
    at::_ops::_amp_update_scale_::call(scale_, growth_, overflow, 2.0, 0.5, 2000);
    return overflow;
  }

  [[nodiscard]] const at::Tensor& scale() const { return scale_; }
  void state(Archive& a) {
    a("scale", scale_);
    a("growth", growth_);
  }

 private:
  at::Tensor scale_, growth_;
};

namespace detail {

/// Of a recipe that may compute in half precision: there is a scaler where it does.
template <class P, class R>
requires StandsIn<P, slots::Precision>
struct SlotBehaviour<P, R> {
  template <class C>
  void on_start(const C& c) {
    if (c.settings.precision == PrecisionKind::Half) scaler_.emplace(c.device);
  }
  template <class C>
  void on_outputs(StepOutputs& outputs, const C&) const {
    if (scaler_) outputs.gradient = scaler_->scaled(outputs.gradient);
  }
  template <class C>
  void on_outputs(SeveralStepOutputs& outputs, const C&) const {
    if (!scaler_) return;
    for (std::size_t i = 0; i < outputs.gradient.size(); ++i)
      if (outputs.gradient[i].defined()) outputs.gradient[i] = scaler_->scaled(outputs.gradient[i]);
  }
  template <class C>
  void on_gradients(const C& c) {
    if (scaler_) c.overflow = scaler_->unscale(c.gradients.all(), c.overflow);
  }
  void state(Archive& a) { a("scaler", scaler_); }

 private:
  std::optional<GradScaler> scaler_;
};

}  // namespace detail
}  // namespace tuneit
