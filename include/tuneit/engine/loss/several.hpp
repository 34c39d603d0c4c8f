#pragma once
// The sum of several losses of one output.
#include <cstddef>
#include <utility>

#include "tuneit/engine/loss/loss_run.hpp"
#include "tuneit/recipe/losses/several.hpp"

namespace tuneit {

template <class... Ws>
struct LossRun<Losses<Ws...>> {
  using Self = Losses<Ws...>;
  static constexpr bool raw_targets = true;  // each checks and mixes them in its way
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<Self>& n, at::Tensor* gradient) {
    LossValue sum;
    std::size_t at = 0;
    (add<detail::loss_in<Ws>>(sum, at, y, t, n, gradient), ...);
    return sum;
  }

 private:
  template <class L>
  static void add(LossValue& sum, std::size_t& at, const at::Tensor& y, const Targets& t, const Numbers<Self>& n,
                  at::Tensor* gradient) {
    using Core = typename detail::LossCore<L>::type;
    const double weight = n[at];
    Numbers<Core> own;
    if constexpr (number_count<Core> != 0) own = Numbers<Core>(n.data() + at + 1);
    if constexpr (detail::SmoothsLabels<Core>) own.smoothing = n.smoothing;
    at::Tensor slope;
    LossValue value = detail::run_loss<Core>(y, t, own, gradient == nullptr ? nullptr : &slope);
    sum.loss.add(value.loss, weight);
    if (gradient != nullptr) *gradient = at == 0 ? slope.mul(weight) : gradient->add_(slope, weight);
    if (value.counts && !sum.counts) {
      sum.correct = std::move(value.correct);
      sum.counts = value.counts;
    }
    if (value.outside.defined())
      sum.outside = sum.outside.defined() ? sum.outside.logical_or(value.outside) : std::move(value.outside);
    at += 1 + number_count<L>;
  }
};

}  // namespace tuneit
