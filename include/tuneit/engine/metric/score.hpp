#pragma once
// How good is a network on many batches? Sums, of which the means are exact.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "tuneit/engine/loss/cross_entropy.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/engine/metric/class_counts.hpp"
#include "tuneit/engine/metric/metric.hpp"

namespace tuneit {

/// Sums over pictures, whatever the batches: means are exact, the last, shorter batch included. Asking for a mean waits
/// for the device.
struct Score {
  DeviceScalar loss_sum, correct;
  std::int64_t count = 0;
  DeviceScalar correct_labels;
  std::int64_t labels = 0;
  std::vector<NamedFigure> figures{};  ///< of the recipe's metrics, when all batches are through
  at::Tensor outside{};                ///< of the batches, see StepResult
  DeviceScalar tokens{};               ///< where each token has a label: those that have one; `loss_sum` is over them

  void add(const StepResult& batch) {
    if (batch.labels == StepResult::of_tokens) return add_tokens(batch);
    loss_sum.add(batch.loss, static_cast<double>(batch.count));
    correct += batch.correct;
    count += batch.count;
    correct_labels += batch.correct_labels;
    labels += batch.labels;
    if (batch.outside.defined()) outside = outside.defined() ? outside.logical_or(batch.outside) : batch.outside;
  }
  /// Sums that lie on a device become numbers: waits for it now, and no more. For when labels have been checked.
  void settle() {
    outside.reset();
    for (DeviceScalar* sum : {&loss_sum, &correct, &correct_labels, &tokens}) *sum = static_cast<double>(*sum);
  }
  [[nodiscard]] double loss() const { return count == 0 ? std::nan("") : loss_sum / weight(); }
  /// Of tokens, the share of those that have a label. NaN where targets are no classes.
  [[nodiscard]] double accuracy() const {
    if (count == 0) return std::nan("");
    const double hits = correct;
    return hits < 0 ? std::nan("") : hits / weight();
  }
  /// Of several labels a picture, the share that is told right. NaN where targets are anything else.
  [[nodiscard]] double label_accuracy() const {
    return labels == 0 ? std::nan("") : correct_labels / static_cast<double>(labels);
  }
  /// What was measured of M: NaN of no batches, and of Accuracy and LabelAccuracy where targets are others. Throws
  /// Error(Usage) where the recipe does not measure it.
  template <class M>
  [[nodiscard]] double metric() const {
    for (const NamedFigure& figure : figures)
      if (figure.name == M::name) return figure.value;
    if constexpr (std::is_same_v<M, Accuracy>) return accuracy();
    if constexpr (std::is_same_v<M, LabelAccuracy>) return label_accuracy();
    return missing(std::string(M::name));
  }
  /// Throws Error(Data) where a label was no class, which a device does not say by itself.
  void check_labels() const {
    if (outside.defined() && outside.item<bool>())
      throw Error(ErrorKind::Data, "a label is not one of the classes of the head",
                  "Labels count from 0; on the CPU it is said which one it is.");
  }

 private:
  [[nodiscard]] double weight() const {
    const double labelled = tokens;
    return labelled > 0 ? labelled : static_cast<double>(count);
  }
  void add_tokens(const StepResult& batch) {
    const DeviceScalar& labelled = batch.correct_labels;
    if (labelled.on_device())  // then the loss is there, too
      loss_sum.add(batch.loss.tensor().to(at::kDouble).mul(labelled.tensor()));
    else
      loss_sum.add(batch.loss, labelled);
    correct += batch.correct;
    count += batch.count;
    tokens += labelled;
    if (batch.outside.defined()) outside = outside.defined() ? outside.logical_or(batch.outside) : batch.outside;
  }
  [[nodiscard, gnu::noinline]] double missing(const std::string& name) const {
    if (count > 0)
      throw Error(
          ErrorKind::Usage, "the metric " + name + " was not measured",
          "Say it in the recipe: Metrics<...>; MeanAbsoluteError, and figures of spans and answers, are measured in "
          "tests only.");
    return std::nan("");
  }
};

namespace detail {

/// Loss and hits of what a trainer makes of test pictures, by its own loss.
template <class T>
StepResult score_with(const T& trainer, const at::Tensor& logits, const at::Tensor& labels) {
  if constexpr (requires { trainer.score(logits, labels); })
    return trainer.score(logits, labels);
  else
    return score_batch(logits, labels);
}
/// The sums of the metrics that a trainer measures in tests.
template <class T>
MetricSums metrics_of(const T& trainer) {
  if constexpr (requires { trainer.metrics(); })
    return trainer.metrics();
  else
    return {};
}

}  // namespace detail
}  // namespace tuneit
