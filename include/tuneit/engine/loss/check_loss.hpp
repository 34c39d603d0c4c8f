#pragma once
// Is the gradient of a loss of one's own that of its value? Asked of finite differences, in a test of the loss.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>

#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"

namespace tuneit {

/// `check_loss<Mine>(at::randn({4, 3}), {labels})`: the gradient that L leaves against central differences of its
/// value, in double precision, at these outputs and targets; numbers are L's own, or n. Returns the largest difference
/// in proportion to the largest slope. Throws Error(Usage) where it is above `most`, with the first such output, and
/// where the value is another when nobody asks for the gradient. Each output is moved alone: small tensors are enough,
/// and where the loss has a kink there is no gradient to find.
template <class L>
double check_loss(const at::Tensor& outputs, const Targets& targets, const Numbers<L>& n = {}, double most = 1e-5) {
  const at::NoGradGuard no_grad;
  const at::Tensor y = outputs.detach().to(at::kDouble).contiguous().clone();
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorKind::Usage, "the loss " + type_name<L>() + " " + what,
                "LossRun::run returns the mean over the batch and leaves its gradient by the outputs, of the sum over "
                "the batch with `using reduction = Sum`.");
  };
  at::Tensor gradient;
  const double told = loss_of<L>(y, targets, n, &gradient).loss;
  const auto value = [&] { return double{loss_of<L>(y, targets, n, nullptr).loss}; };
  if (const double alone = value(); !(std::abs(alone - told) <= 1e-9 * std::max(1.0, std::abs(alone))))
    refuse("is " + short_number(told) + " with its gradient and " + short_number(alone) + " without");
  const double scale = std::is_same_v<typename L::reduction, Sum> ? static_cast<double>(y.size(0)) : 1;
  at::Tensor slopes = y.clone();
  double* const at = y.mutable_data_ptr<double>();
  double* const slope = slopes.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const double before = at[i], step = 1e-5 * std::max(1.0, std::abs(before));
    at[i] = before + step;
    const double above = value();
    at[i] = before - step;
    slope[i] = scale * (above - value()) / (2 * step);
    at[i] = before;
  }
  const at::Tensor apart = gradient.to(at::kDouble).contiguous().sub(slopes).abs();
  const double largest = std::max(slopes.abs().max().item<double>(), 1e-12),
               worst = apart.max().item<double>() / largest;
  if (worst <= most) return worst;
  const double* const off = apart.const_data_ptr<double>();
  std::int64_t i = 0;
  while (off[i] <= most * largest) ++i;  // NaN, too
  refuse("leaves the gradient " + short_number(gradient.to(at::kDouble).contiguous().const_data_ptr<double>()[i]) +
         " by output " + std::to_string(i % (y.numel() / y.size(0))) + " of sample " +
         std::to_string(i / (y.numel() / y.size(0))) + " (from 0), and finite differences give " +
         short_number(slope[i]));
  return worst;
}

}  // namespace tuneit
