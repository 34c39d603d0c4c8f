#pragma once
// How the learning rate moves: constexpr functions of the step. A schedule is a factor on the optimizer's rate.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/plan.hpp"
#include "tuneit/recipe/rates.hpp"

namespace tuneit {

namespace slots {
struct Epochs {};
struct Schedule {};
struct Warmup {};
}  // namespace slots

/// N passes over the training set: as a policy the length of the training, as an argument a duration
/// (`StepLr<Epochs<7>, 0.1>`).
template <int N>
struct Epochs : PolicyTag {
  using slot = slots::Epochs;
  static constexpr int count = N;
  static constexpr long long in_steps(long long steps_per_epoch) { return N * steps_per_epoch; }
  template <class Model>
  using judge = detail::JudgeNumber<Epochs, (N >= 1)>;
};

/// A duration of N optimizer steps.
template <int N>
struct Steps {
  static constexpr int count = N;
  static constexpr long long in_steps(long long) { return N; }
};

/// Where in the training a schedule is asked. `step` counts from 0, `warmup` steps belong to the warm-up.
struct Moment {
  long long step = 0;
  long long steps_per_epoch = 1;
  long long total_steps = 1;
  long long warmup = 0;
};

/// The schedules that a program can choose at run time (chosen.hpp).
enum class ScheduleKind { Constant, Step, Cosine };

namespace detail {

constexpr double staircase(long long step, long long period, double gamma) {
  double f = 1;
  for (long long i = 0; i < step / period; ++i) f *= gamma;
  return f;
}

}  // namespace detail

/// The rate stays as it is. The default.
struct Constant : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const Moment&) { return 1; }
};

/// The rate is multiplied by Gamma (in (0, 1]) after every Period: torch's StepLR.
template <class Period, auto Gamma>
struct StepLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double gamma = static_cast<double>(Gamma);
  static constexpr double factor(const Moment& m) {
    return detail::staircase(m.step, Period::in_steps(m.steps_per_epoch), gamma);
  }
  template <class Model>
  using judge = detail::JudgeNumber<StepLr, (Period::count >= 1 && gamma > 0 && gamma <= 1)>;
};

/// Half a cosine from 1 to 0 over the steps after the warm-up: max(0, (1 + cos(pi t / T)) / 2), transformers'
/// cosine schedule with half a cycle.
struct CosineLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const Moment& m) {
    const long long length = m.total_steps - m.warmup;
    const double t = static_cast<double>(m.step - m.warmup) / static_cast<double>(length > 1 ? length : 1);
    const double f = 0.5 * (1 + detail::cosine(detail::pi * t));
    return t >= 1 || f < 0 ? 0 : f;
  }
};

/// The rate rises linearly from 0 over Duration (Steps or Epochs): t / W at step t < W, as in transformers.
template <class Duration>
struct Warmup : PolicyTag {
  using slot = slots::Warmup;
  static constexpr long long in_steps(long long steps_per_epoch) { return Duration::in_steps(steps_per_epoch); }
  template <class Model>
  using judge = detail::JudgeNumber<Warmup, (Duration::count >= 1)>;
};

namespace detail {

struct NoWarmup {
  static constexpr long long in_steps(long long) { return 0; }
};

}  // namespace detail
}  // namespace tuneit
