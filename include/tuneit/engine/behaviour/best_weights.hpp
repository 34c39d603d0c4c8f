#pragma once
// Which epoch was the best, and what were the tensors then?
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/weights/flat.hpp"

namespace tuneit {

namespace detail {

/// The tensors that a trainer tests: its own, or their moving average.
template <class T>
const std::vector<at::Tensor>& tested_tensors(const T& trainer) {
  if constexpr (requires { trainer.best_tensors(); })
    return trainer.best_tensors();
  else
    return trainer.tensors();
}

}  // namespace detail

/// A hook that keeps a copy of the tensors of the epoch with the best test accuracy, or, where targets are no classes,
/// the lowest test loss (the first of equals). Where the recipe has a Monitor, that of its metric's best.
class BestWeights {
 public:
  template <class T>
  void on_epoch(const EpochResult& result, const T& trainer) {
    const double accuracy = result.validation.accuracy(), loss = result.validation.loss();
    if (!result.monitor.empty()) {
      const double watched = result.watched_loss();
      if (!(watched < watched_)) return;
      watched_ = watched;
    } else if (!(std::isnan(accuracy) ? loss < loss_ : accuracy > accuracy_)) {
      return;
    }
    const at::NoGradGuard no_grad;
    accuracy_ = accuracy;
    loss_ = loss;
    epoch_ = result.epoch;
    const std::vector<at::Tensor>& now = detail::tested_tensors(trainer);
    if (tensors_.empty()) {
      if (!now.empty()) tensors_ = flat_copies(now, now.front().device());
    } else {
      const FlatPairs pairs(tensors_, now);
      for (std::size_t i = 0; i < pairs.a.size(); ++i) pairs.a[i].copy_(pairs.b[i]);
      mark_changed(tensors_);
    }
  }

  /// 0 before the first epoch with a test.
  [[nodiscard]] int epoch() const { return epoch_; }
  [[nodiscard]] double accuracy() const { return accuracy_; }
  [[nodiscard]] double loss() const { return loss_; }
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return tensors_; }

 private:
  double accuracy_ = -1, loss_ = std::numeric_limits<double>::infinity(), watched_ = loss_;
  int epoch_ = 0;
  std::vector<at::Tensor> tensors_;
};

}  // namespace tuneit
