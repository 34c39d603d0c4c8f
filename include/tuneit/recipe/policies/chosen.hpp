#pragma once
// Parts of a recipe's structure that a program leaves open until run time, at the cost of one branch per step: for
// programs whose users have no compiler. A recipe that names them itself has no such branch.
#include "tuneit/recipe/optimizers/optimizers.hpp"
#include "tuneit/recipe/policies/loop.hpp"
#include "tuneit/recipe/schedules/schedules.hpp"

namespace tuneit {

/// Any of the algorithms, as Settings::algorithm says.
struct ChosenOptimizer : PolicyTag {
  using slot = slots::Optimizer;
  static constexpr Algorithm algorithm = Algorithm::Chosen;
  static constexpr OptimizerNumbers values{};
};

/// Constant, StepLr or CosineLr, as Settings::schedule says.
struct ChosenSchedule : PolicyTag {
  using slot = slots::Schedule;
  template <class Settings>
  requires requires(const Settings& s) { s.schedule; }
  static constexpr double factor(const ScheduleTime& m, const Settings& s) {
    if (s.schedule == ScheduleKind::Cosine) return CosineLr::factor(m);
    if (s.schedule == ScheduleKind::Step)
      return detail::staircase(m.step, s.step_epochs * m.steps_per_epoch, s.step_gamma);
    return 1;
  }
};

/// The precision that Settings::precision says: `Precision<ChosenPrecision>`.
struct ChosenPrecision {};

}  // namespace tuneit
