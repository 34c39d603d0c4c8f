#pragma once
// Rates that stay the same for a while and then fall: torch's schedulers that are stepped once per epoch.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {
namespace detail {

/// gamma^(whole periods in `steps`).
constexpr double staircase(long long steps, long long period, double gamma) {
  return power(gamma, static_cast<double>(steps / (period > 0 ? period : 1)));
}

template <auto Gamma>
inline constexpr Hyperparameter gamma_number{.name = "step-gamma",
                                             .value = static_cast<double>(Gamma),
                                             .most = 1,
                                             .open = true,
                                             .about = "the rate is multiplied by it at each step of the schedule"};

}  // namespace detail

/// The rate stays as it is. The default.
struct Constant : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime&) { return 1; }
};

/// The rate is multiplied by Gamma (in (0, 1]) after every Period: torch's StepLR. Epochs of it move it by epoch.
template <class Period, auto Gamma>
struct StepLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = KnowsNeverActs;
  static constexpr std::array numbers{
      detail::duration_number<Period>("step-every", "between two steps of the schedule"), detail::gamma_number<Gamma>};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    return detail::staircase(m.step, Period::in_steps(n[0], m.steps_per_epoch), n[1]);
  }
  template <int N>
  static constexpr bool never_acts = detail::is_epochs<Period>&& Period::count >= N;
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<StepLr, Period>, detail::JudgeRanges<StepLr>>;
};

/// The rate is multiplied by Gamma (in (0, 1]) at each of the dates, in whatever order they are written: torch's
/// MultiStepLR. `MultiStepLr<0.1, Epochs<30>, Epochs<60>>`.
template <auto Gamma, class... Dates>
struct MultiStepLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = KnowsNeverActs | KnowsTooLong;
  static constexpr std::array numbers{detail::gamma_number<Gamma>,
                                      detail::duration_number<Dates>("step-at", "a date at which the rate falls")...};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    int passed = 0;
    const double* date = n + 1;
    ((passed += m.step >= Dates::in_steps(*date++, m.steps_per_epoch)), ...);
    return detail::power(n[0], passed);
  }
  template <int N>
  static constexpr bool never_acts = ((detail::is_epochs<Dates> && Dates::count >= N) && ...);
  template <int N>
  static constexpr bool too_long = !never_acts<N> && ((detail::is_epochs<Dates> && Dates::count >= N) || ...);
  template <class Model>
  using judge = judge_all<detail::JudgeNumber<MultiStepLr, (sizeof...(Dates) > 0)>,
                          detail::JudgeDuration<MultiStepLr, Dates>..., detail::JudgeRanges<MultiStepLr>>;
};

/// The rate is multiplied by Gamma (in (0, 1]) after every epoch: torch's ExponentialLR, stepped per epoch.
template <auto Gamma>
struct ExponentialLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = KnowsNeverActs;
  static constexpr std::array numbers{detail::gamma_number<Gamma>};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    return detail::power(n[0], static_cast<double>(m.epochs()));
  }
  template <int N>
  static constexpr bool never_acts = N <= 1;
  template <class Model>
  using judge = detail::JudgeRanges<ExponentialLr>;
};

}  // namespace tuneit
