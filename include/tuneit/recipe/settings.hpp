#pragma once
// The numbers of a recipe at run time: the recipe's own are the defaults, and every one can be changed without
// compiling.
#include <cstdint>

#include "tuneit/net/shape.hpp"
#include "tuneit/recipe/finetune.hpp"

namespace tuneit {

/// Where to compute; Auto: on a GPU if there is one.
enum class DeviceKind : std::uint8_t { Auto, Cpu, Cuda };

/// Run-time numbers of a training. The structure (which tensors, which optimizer) stays the recipe's.
struct Settings {
  OptimizerNumbers optimizer{};
  int epochs = 5;
  int batch_size = 32;  ///< pictures per step
  double label_smoothing = 0;
  double head_lr_scale = 1;                        ///< on the rate of the head, beside the recipe's LrScale
  int warmup_steps = -1;                           ///< -1: the recipe's
  Algorithm algorithm = Algorithm::Sgd;            ///< of a ChosenOptimizer
  ScheduleKind schedule = ScheduleKind::Constant;  ///< of a ChosenSchedule
  int step_epochs = 7;                             ///< of a chosen step schedule, with the factor step_gamma
  double step_gamma = 0.1;
  NumberType numbers = NumberType::Single;  ///< of a ChosenPrecision
  DeviceKind device = DeviceKind::Auto;
  int classes = 0;             ///< of the head; needed for a Dynamic one
  int side = 224;              ///< of the pictures, in pixels
  int views = 0;               ///< versions of each picture that random augmentation makes; 0: fresh ones every epoch
  bool cache_features = true;  ///< keep what frozen blocks make of pictures seen again
  std::int64_t cache_bytes = std::int64_t{2} << 30;  ///< of such features in memory; more of them go to a file
  std::uint64_t seed = 0;
};

/// The numbers that the recipe itself gives.
template <class R>
constexpr Settings defaults() {
  Settings s;
  s.optimizer = R::optimizer::numbers;
  if (R::optimizer::algorithm != Algorithm::Chosen) s.algorithm = R::optimizer::algorithm;
  s.numbers = detail::number_type<typename R::precision>;
  s.epochs = R::epochs;
  s.batch_size = R::batch_size;
  s.views = R::views;
  s.label_smoothing = R::loss::label_smoothing;
  s.side = R::model::input::side;
  s.classes = R::new_classes > 0 ? R::new_classes : shape<typename R::model>().channels;
  return s;
}

/// The optimizer's rate at a step under run-time numbers; LrScale multiplies it.
template <class R>
constexpr double lr_at(const Settings& s, long long step, long long steps_per_epoch) {
  const long long total = s.epochs * steps_per_epoch;
  const long long warmup = s.warmup_steps >= 0 ? s.warmup_steps : R::warmup::in_steps(steps_per_epoch);
  if (step < warmup) return s.optimizer.lr * static_cast<double>(step) / static_cast<double>(warmup);
  const Moment moment{step, steps_per_epoch, total, warmup};
  if constexpr (requires { R::schedule::factor(moment, s); })
    return s.optimizer.lr * R::schedule::factor(moment, s);
  else
    return s.optimizer.lr * R::schedule::factor(moment);
}

}  // namespace tuneit
