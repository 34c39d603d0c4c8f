#pragma once
// The numbers of a training at run time.
#include "tuneit/recipe/numbers/run_options.hpp"
#include "tuneit/recipe/optimizers/optimizer_options.hpp"
#include "tuneit/recipe/plan/values.hpp"
#include "tuneit/recipe/policies/precision.hpp"
#include "tuneit/recipe/schedules/schedules.hpp"

namespace tuneit {

struct Settings;
template <class R>
constexpr void choose_optimizer(Settings& s, int which);

/// Which of an OptimizerChoice, counted from 0. `choose_optimizer` says it, which gives all numbers the values that
/// this one has; by itself it cannot be set, for the numbers would be those of another.
class ChosenNumber {
 public:
  constexpr operator int() const { return which_; }

 private:
  template <class R>
  friend constexpr void choose_optimizer(Settings& s, int which);
  int which_ = 0;
};

/// Run-time numbers of a training, and how it is run. The structure (which tensors, which optimizer) stays the
/// recipe's.
struct Settings : RunOptions {
  OptimizerSettings optimizer{};  ///< rate, decay, momentum, ...
  int epochs = 5;                 ///< of a recipe with phases: theirs together
  int batch_size = 32;            ///< pictures per step
  double label_smoothing = 0;
  int warmup_steps = -1;                           ///< -1: the recipe's
  ChosenNumber chosen_optimizer{};                 ///< which of an OptimizerChoice, counted from 0: choose_optimizer
  ScheduleKind schedule = ScheduleKind::Constant;  ///< of a ChosenSchedule
  int step_epochs = 7;                             ///< of a chosen step schedule, with the factor step_gamma
  double step_gamma = 0.1;
  PrecisionKind precision = PrecisionKind::Single;  ///< of a ChosenPrecision
  int classes = 0;                                  ///< of the head; needed for a Dynamic one
  bool keeps_head = false;  ///< a head that ReplaceHead made goes on from the weights: the plan says so
  int side = 224;           ///< of the pictures, in pixels
  int views = 0;            ///< versions of each picture that random augmentation makes; 0: fresh ones every epoch
  HyperparameterValues values{};  ///< of the recipe's other numbers, as many as it has, see value_of and numbers
};

}  // namespace tuneit
