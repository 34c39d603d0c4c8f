#pragma once
// How the learning rate moves.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/schedule.hpp"

namespace tuneit {

/// The schedules that a program can choose at run time (chosen.hpp).
enum class ScheduleKind { Constant, Step, Cosine };

namespace detail {

constexpr double staircase(long long step, long long period, double gamma) {
  double f = 1;
  for (long long i = 0; i < step / (period > 0 ? period : 1); ++i) f *= gamma;
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
  static constexpr std::array knobs{detail::duration_knob<Period>("step-every", "between two steps of the schedule"),
                                    Knob{.name = "step-gamma",
                                         .value = static_cast<double>(Gamma),
                                         .most = 1,
                                         .open = true,
                                         .about = "the rate is multiplied by it at each"}};
  static constexpr double factor(const Moment& m, const double* n) {
    return detail::staircase(m.step, Period::in_steps(n[0], m.steps_per_epoch), n[1]);
  }
  template <int N>
  static constexpr bool never_acts = detail::is_epochs<Period>&& Period::count >= N;
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<StepLr, Period>, detail::JudgeKnobs<StepLr>>;
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

}  // namespace tuneit
