#pragma once
// Where an answer begins and ends: softmax over the tokens of a text, for each of the two.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax_ops.h>

#include <cstdint>
#include <type_traits>
#include <utility>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/loss/loss_run.hpp"
#include "tuneit/recipe/losses/span_loss.hpp"

namespace tuneit {

template <class... Options>
struct LossRun<SpanLoss<Options...>> {
  using Self = SpanLoss<Options...>;
  static constexpr bool raw_targets = true;  // they are no classes of so many
  /// y: [N, T, 2]; targets: int64 [N, 2]. Nothing waits for a device.
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>&, at::Tensor* gradient) {
    if (y.dim() != 3 || y.size(2) != 2 || !detail::are_classes(t.value) || t.value.dim() != 2 ||
        t.value.size(0) != y.size(0) || t.value.size(1) != 2)
      detail::wrong_targets(t.value, y, "two int64 positions of each sample, and outputs [samples, tokens, 2]");
    constexpr bool is_sum = std::is_same_v<typename Self::reduction, Sum>;
    const at::Tensor wanted = t.value.to(y.device()), at = wanted.clamp(0, y.size(1) - 1), inside = wanted.eq(at),
                     log_p = at::_ops::_log_softmax::call(y, 1, false);
    const at::Tensor count = inside.sum(0).clamp_min_(1), share = inside.to(y.scalar_type()).div_(count.mul(2));
    const at::Tensor places = at.unsqueeze(1);  // [N, 1, 2]
    LossValue v(log_p.gather(1, places).squeeze(1).mul_(share).sum().neg_());
    if (gradient != nullptr) {
      const at::Tensor own = is_sum ? inside.to(y.scalar_type()).mul_(0.5) : share;
      *gradient = log_p.exp().mul_(own.unsqueeze(1)).scatter_add_(1, places, own.unsqueeze(1).neg());
    }
    v.counts = LossValue::Samples;
    v.correct = log_p.argmax(1).eq(wanted).all(1).sum();
    return v;
  }
};

}  // namespace tuneit
