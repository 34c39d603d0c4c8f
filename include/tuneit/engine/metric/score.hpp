#pragma once
// How good is a network on many batches? Sums, of which the means are exact.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstdint>

#include "tuneit/engine/loss/cross_entropy.hpp"
#include "tuneit/engine/loss/targets.hpp"

namespace tuneit {

/// Sums over pictures, whatever the batches: means are exact, the last, shorter batch included.
struct Score {
  DeviceScalar loss_sum, correct;
  std::int64_t count = 0;
  DeviceScalar correct_labels;
  std::int64_t labels = 0;

  void add(const BatchResult& batch) {
    loss_sum.add(batch.loss, static_cast<double>(batch.count));
    correct += batch.correct;
    count += batch.count;
    correct_labels += batch.correct_labels;
    labels += batch.labels;
  }
  [[nodiscard]] double loss() const { return count == 0 ? std::nan("") : loss_sum / static_cast<double>(count); }
  /// NaN where targets are no classes.
  [[nodiscard]] double accuracy() const {
    if (count == 0) return std::nan("");
    const double hits = correct;
    return hits < 0 ? std::nan("") : hits / static_cast<double>(count);
  }
  /// Of several labels a picture, the share that is told right. NaN where targets are anything else.
  [[nodiscard]] double label_accuracy() const {
    return labels == 0 ? std::nan("") : correct_labels / static_cast<double>(labels);
  }
};

namespace detail {

/// Loss and hits of what a trainer makes of test pictures, by its own loss.
template <class T>
BatchResult score_with(const T& trainer, const at::Tensor& logits, const at::Tensor& labels) {
  if constexpr (requires { trainer.score(logits, labels); })
    return trainer.score(logits, labels);
  else
    return score_batch(logits, labels);
}

}  // namespace detail
}  // namespace tuneit
