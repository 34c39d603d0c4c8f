#pragma once
// R-Drop (arXiv 2106.14448): how do two passes of a batch become one, and how far do they agree?
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax_ops.h>

#include <type_traits>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/merge.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/recipe/behaviour/rdrop.hpp"

namespace tuneit {

/// (KL(p || q) + KL(q || p)) / 2, p the softmax of the first half of outputs [2 N, K] or [2 N, S, K] and q that of the
/// second, the mean over the samples (over tokens whose label is not negative). `gradient`: by the outputs.
struct Agreement {
  DeviceScalar divergence;
  at::Tensor gradient;
};
inline Agreement agreement_of_halves(const at::Tensor& outputs, const at::Tensor& labels) {
  const std::int64_t last = outputs.dim() - 1;
  const at::Tensor log_all = at::_ops::_log_softmax::call(outputs, last, false), all = log_all.exp();
  const std::int64_t half = outputs.size(0) / 2;
  const auto first = [&](const at::Tensor& t) { return t.narrow(0, 0, half); };
  const auto second = [&](const at::Tensor& t) { return t.narrow(0, half, half); };
  const at::Tensor p = first(all), q = second(all), d = first(log_all).sub(second(log_all));
  const at::Tensor of_p = p.mul(d).sum(last, true), of_q = q.mul(d).sum(last, true);  // KL(p || q), -KL(q || p)
  at::Tensor gradient = aten::empty_like(outputs);
  first(gradient).copy_(d.sub(of_p).mul_(p).add_(p).sub_(q).mul_(0.5));
  second(gradient).copy_(of_q.sub(d).mul_(q).add_(q).sub_(p).mul_(0.5));
  const at::Tensor both = of_p.sub(of_q);
  if (outputs.dim() == 2) {
    const double share = 1 / static_cast<double>(half);
    return {DeviceScalar(both.sum()).times(0.5 * share), gradient.mul_(share)};
  }
  const at::Tensor counts = labels.ge(0).to(outputs.scalar_type()),
                   share = first(counts).sum().clamp_min(1).reciprocal();
  return {DeviceScalar(both.squeeze(last).mul(first(counts)).sum().mul(share)).times(0.5),
          gradient.mul_(counts.unsqueeze(last)).mul_(share)};
}

template <auto Alpha, class R>
struct Behaviour<RDrop<Alpha>, R> {
  template <class B, class C>
  void on_batch(B& batch, const C&) const {
    batch.images = twice(batch.images);
    batch.targets.value = twice(batch.targets.value);
    if (batch.targets.other.defined()) batch.targets.other = twice(batch.targets.other);
    if constexpr (requires { batch.other_inputs; })
      for (at::Tensor& x : batch.other_inputs) x = twice(x);
  }
  template <class C>
  void on_outputs(StepOutputs& o, const C& c) const {
    const Agreement agreement = agreement_of_halves(o.outputs, o.targets.value);
    o.loss.add(agreement.divergence, c.numbers[0]);
    // With the reduction Sum the gradient is that of the sum over both passes.
    const double times = std::is_same_v<typename R::loss::reduction, Sum> ? static_cast<double>(o.outputs.size(0)) : 1;
    o.gradient = o.gradient.add(agreement.gradient, c.numbers[0] * times);
  }

 private:
  static at::Tensor twice(const at::Tensor& x) { return aten::cat(x, x, 0); }
};

}  // namespace tuneit
