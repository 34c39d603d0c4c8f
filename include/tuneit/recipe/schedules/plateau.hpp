#pragma once
// A rate that falls when the test loss does not: the only schedule with a memory.
#include <limits>

#include "tuneit/recipe/plan/duration.hpp"
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {

/// torch's ReduceLROnPlateau (mode min, threshold relative) as a state machine: told a loss after each epoch, it says
/// whether the rate fell. `factor` is on the rate from then on. The numbers after `cooling` do not change. A loss that
/// is no number is no better than the best.
struct PlateauState {
  double factor = 1;
  double best = std::numeric_limits<double>::infinity();
  long long bad = 0, cooling = 0;

  double gamma = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, least = 0;

  /// `negated`: of what is better if higher, torch's mode max.
  constexpr bool observe(double loss, bool negated = false) {
    if (loss < best * (negated ? 1 + threshold : 1 - threshold)) {
      best = loss;
      bad = 0;
    } else {
      ++bad;
    }
    if (cooling > 0) {
      --cooling;
      bad = 0;
    }
    if (static_cast<double>(bad) <= patience) return false;
    bad = 0;
    cooling = static_cast<long long>(cooldown);
    const double before = factor;
    factor = factor * gamma > least ? factor * gamma : least;
    return factor < before;
  }
};

/// After more than Patience epochs in which the test loss (without a test part: the training loss) was not lower than
/// (1 - Threshold) times the best, the rate is multiplied by Factor (in (0, 1)), down to the share Least; then Cooldown
/// epochs do not count. torch's ReduceLROnPlateau with its defaults; torch also leaves out steps below 1e-8.
template <auto Factor = 0.1, class P = Patience<10>, auto Threshold = 1e-4, int Cooldown = 0, auto Least = 0>
struct Plateau : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = WatchesLoss | KnowsNeverActs;
  static constexpr bool watches = true;
  static constexpr std::array numbers{Hyperparameter{.name = "plateau-factor",
                                                     .value = static_cast<double>(Factor),
                                                     .most = 0.999999,
                                                     .open = true,
                                                     .about = "the rate is multiplied by it"},
                                      Hyperparameter{.name = "plateau-patience",
                                                     .value = detail::count_of<P>(),
                                                     .most = 1e6,
                                                     .whole = false,
                                                     .unit = "epochs",
                                                     .about = "more of them without a lower loss are a plateau"},
                                      Hyperparameter{.name = "plateau-threshold",
                                                     .value = static_cast<double>(Threshold),
                                                     .most = 1,
                                                     .about = "by which share the loss must be lower"},
                                      Hyperparameter{.name = "plateau-cooldown",
                                                     .value = Cooldown,
                                                     .most = 1e6,
                                                     .unit = "epochs",
                                                     .about = "that do not count after the rate fell"},
                                      Hyperparameter{.name = "plateau-floor",
                                                     .value = static_cast<double>(Least),
                                                     .most = 1,
                                                     .about = "the rate falls to this share at most"}};
  /// The state before the first epoch; n: the values of the numbers.
  static constexpr PlateauState start(const double* n) {
    PlateauState s;
    s.gamma = n[0], s.patience = n[1], s.threshold = n[2], s.cooldown = n[3], s.least = n[4];
    return s;
  }
  /// Without what was observed; the training loop multiplies by PlateauState::factor.
  static constexpr double factor(const ScheduleTime&) { return 1; }
  /// The first loss is the best so far, Patience + 1 worse ones follow, and one epoch at the lower rate.
  template <int N>
  static constexpr bool never_acts = N < detail::count_of<P>() + 3;
  template <class Model>
  using judge = judge_all<Demand<detail::is_patience<P>, NotADuration<Plateau, P>>, detail::JudgeRanges<Plateau>>;
};

}  // namespace tuneit
