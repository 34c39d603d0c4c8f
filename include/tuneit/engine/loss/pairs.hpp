#pragma once
// Losses of vectors that go together, with gradients by hand. Formulas: sentence-transformers; normalisation and
// distance are torch's (functional.normalize, pairwise_distance with its eps of 1e-6).
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax_ops.h>
#include <ATen/ops/arange_ops.h>

#include <cstdint>
#include <optional>
#include <type_traits>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/loss/loss_run.hpp"
#include "tuneit/recipe/losses/pairs.hpp"

namespace tuneit {

namespace detail {

/// Rows [M, H] divided by their lengths, and how a gradient comes back through that.
struct UnitRows {
  at::Tensor unit, length;
  explicit UnitRows(const at::Tensor& x) : length(x.mul(x).sum(1, true).sqrt_().clamp_min_(1e-12)) {
    unit = x.div(length);
  }
  [[nodiscard]] at::Tensor backward(const at::Tensor& d) const {
    return d.sub(unit.mul(d.mul(unit).sum(1, true))).div_(length);
  }
};

/// y as groups [N / size, size, H]. Throws Error(Data) for rows that are no whole groups, or are no vectors.
inline at::Tensor in_groups(const at::Tensor& y, int size) {
  if (y.dim() != 2 || y.size(0) % size != 0)
    refuse(ErrorKind::Data, {"the outputs are ", aten::shape_text(y), ", and the loss is of groups of ", size, " rows"},
           {"Give batches of a multiple of ", size, " (TextBatches::Options::group), and one vector for each text."});
  return y.view({y.size(0) / size, size, y.size(1)});
}

}  // namespace detail

template <class... Options>
struct LossRun<CosineSimilarity<Options...>> {
  using Self = CosineSimilarity<Options...>;
  static constexpr bool raw_targets = true;  // a number for each row, and not for each output
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>&, at::Tensor* gradient) {
    const at::Tensor pairs = detail::in_groups(y, 2);
    if (!t.value.is_floating_point() || t.value.numel() != y.size(0))
      detail::wrong_targets(t.value, y, "a floating-point number for each row");
    const detail::UnitRows u(pairs.select(1, 0)), v(pairs.select(1, 1));
    const at::Tensor wanted = t.value.to(y.device(), y.scalar_type()).reshape({-1, 2}).select(1, 0),
                     error = u.unit.mul(v.unit).sum(1).sub_(wanted);
    if (gradient != nullptr) {
      const double count = std::is_same_v<typename Self::reduction, Sum> ? 1 : static_cast<double>(pairs.size(0));
      const at::Tensor d = error.mul(2 / count).unsqueeze(1);
      *gradient = aten::empty_like(y);
      const at::Tensor to = gradient->view(pairs.sizes());
      to.select(1, 0).copy_(u.backward(v.unit.mul(d)));
      to.select(1, 1).copy_(v.backward(u.unit.mul(d)));
    }
    LossValue value(error.mul(error).mean());
    value.counts = LossValue::Samples;
    value.correct = -1.0;
    return value;
  }
};

template <class... Options>
struct LossRun<InBatchNegatives<Options...>> {
  using Self = InBatchNegatives<Options...>;
  static constexpr bool raw_targets = true;
  static LossValue run(const at::Tensor& y, const Targets&, const Numbers<Self>& n, at::Tensor* gradient) {
    constexpr int size = Self::group;
    const at::Tensor groups = detail::in_groups(y, size);
    const std::int64_t count = groups.size(0), width = groups.size(2);
    const detail::UnitRows first(groups.select(1, 0)),
        others(groups.narrow(1, 1, size - 1).transpose(0, 1).reshape({-1, width}));  // all second rows, all third ones
    const at::Tensor scores = first.unit.mm(others.unit.t()).mul_(n[0]),
                     own = at::_ops::arange::call(count, at::kLong, std::nullopt, scores.device(), std::nullopt),
                     log_p = at::_ops::_log_softmax::call(scores, 1, false);
    LossValue value(log_p.gather(1, own.unsqueeze(1)).mean().neg_());
    if (gradient != nullptr) {
      at::Tensor d = log_p.exp();
      d.diagonal().sub_(1);
      d.mul_(std::is_same_v<typename Self::reduction, Sum> ? n[0] : n[0] / static_cast<double>(count));
      *gradient = aten::empty_like(y);
      const at::Tensor to = gradient->view(groups.sizes());
      to.select(1, 0).copy_(first.backward(d.mm(others.unit)));
      to.narrow(1, 1, size - 1)
          .copy_(others.backward(d.t().mm(first.unit)).view({size - 1, count, width}).transpose(0, 1));
    }
    value.counts = LossValue::Samples;
    value.correct = scores.argmax(1).eq(own).sum().mul(size);  // of all its rows
    return value;
  }
};

template <class... Options>
struct LossRun<TripletMargin<Options...>> {
  using Self = TripletMargin<Options...>;
  static constexpr bool raw_targets = true;
  static LossValue run(const at::Tensor& y, const Targets&, const Numbers<Self>& n, at::Tensor* gradient) {
    const at::Tensor groups = detail::in_groups(y, 3), anchor = groups.narrow(1, 0, 1),
                     difference = anchor.sub(groups.narrow(1, 1, 2)).add_(1e-6),  // [P, 2, H]
        distance = difference.mul(difference).sum(2).sqrt_(),
                     over = distance.select(1, 0).sub(distance.select(1, 1)).add_(n[0]);
    LossValue value(over.clamp_min(0).mean());
    if (gradient != nullptr) {
      const double count = std::is_same_v<typename Self::reduction, Sum> ? 1 : static_cast<double>(groups.size(0));
      const at::Tensor d = over.gt(0).to(y.scalar_type()).div_(count).view({-1, 1, 1});
      const at::Tensor slopes = difference.div(distance.clamp_min(1e-30).unsqueeze(2)).mul_(d),
                       right = slopes.select(1, 0), wrong = slopes.select(1, 1);
      *gradient = aten::empty_like(y);
      const at::Tensor to = gradient->view(groups.sizes());
      to.select(1, 0).copy_(right.sub(wrong));
      to.select(1, 1).copy_(right.neg());
      to.select(1, 2).copy_(wrong);
    }
    value.counts = LossValue::Samples;
    value.correct = distance.select(1, 0).lt(distance.select(1, 1)).sum().mul(3);
    return value;
  }
};

}  // namespace tuneit
