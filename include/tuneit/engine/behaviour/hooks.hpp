#pragma once
// What is a hook of the training loop told, and can it be told so? What a hook lacks costs nothing.
#include <cmath>
#include <cstddef>
#include <string>

#include "tuneit/engine/behaviour/judge_hook.hpp"
#include "tuneit/engine/metric/score.hpp"

namespace tuneit {

/// One epoch. Epochs count from 1; `rate` is the optimizer's in its first step (LrScale not applied); seconds are those
/// of training alone, `waited` those of them that the step spent waiting for pictures.
struct EpochResult {
  int epoch = 0;
  double rate = 0;
  Score train, validation;  ///< `validation`: of the split that the best epoch is picked on; empty without one
  double train_seconds = 0, waited = 0;
  bool cached = false;       ///< trained on kept features: no picture was read
  std::size_t left_out = 0;  ///< batches of one picture that no batch norm could use

  std::string monitor{};  ///< the metric that a recipe's Monitor names; empty: loss and accuracy are looked at
  bool monitor_lower_is_better = false;

  /// What early stopping and schedules look at, lower is better: the validation loss, or without such a split the
  /// training loss; with Monitor its metric, the negative of one that is better if higher.
  [[nodiscard]] double watched_loss() const {
    const Score& watched = validation.count > 0 ? validation : train;
    if (monitor.empty()) return watched.loss();
    for (const NamedFigure& figure : watched.figures)
      if (figure.name == monitor) return monitor_lower_is_better ? figure.value : -figure.value;
    return std::nan("");
  }
};

/// Told after each step: how far, and the running means of this epoch.
struct StepReport {
  int epoch = 0, epochs = 0;
  std::size_t samples = 0;  ///< of an epoch
  const Score& train;
  double seconds = 0;  ///< since the epoch began
};

namespace detail {

/// What a hook of the training of a T is told.
template <class T>
using ToldOf = Told<StepReport, EpochResult, T>;

template <class Hook>
void tell_step([[maybe_unused]] Hook& hook, [[maybe_unused]] const StepReport& report) {
  if constexpr (requires { hook.on_step(report); }) hook.on_step(report);
}

template <class Hook, class T>
void tell_epoch([[maybe_unused]] Hook& hook, [[maybe_unused]] const EpochResult& result,
                [[maybe_unused]] const T& trainer) {
  if constexpr (requires { hook.on_epoch(result, trainer); }) hook.on_epoch(result, trainer);
}

template <class Hook>
bool wants_to_stop([[maybe_unused]] Hook& hook) {
  if constexpr (requires { static_cast<bool>(hook.should_stop()); }) return static_cast<bool>(hook.should_stop());
  return false;
}

}  // namespace detail
}  // namespace tuneit
