#pragma once
// Rates that fall along half a cosine, once or again and again. They move every step; PerEpoch<...> (then.hpp) makes
// them move once per epoch, as torch's schedulers do when they are stepped per epoch.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {
namespace detail {

/// (1 + cos(pi x)) / 2: 1 at x = 0, 0 from x = 1 on.
constexpr double half_cosine(double x) {
  const double f = 0.5 * (1 + cosine(pi * x));
  return x >= 1 || f < 0 ? 0 : f;
}

template <auto Least>
inline constexpr Hyperparameter floor_number{
    .name = "cosine-floor", .value = static_cast<double>(Least), .most = 1, .about = "the rate falls to this share"};

}  // namespace detail

/// Half a cosine from 1 to 0 over the steps after the warm-up: max(0, (1 + cos(pi t / T)) / 2), transformers'
/// cosine schedule with half a cycle.
struct CosineLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime& m) { return detail::half_cosine(m.progress()); }
};

/// Half a cosine from 1 to Least (in [0, 1]): Least + (1 - Least) (1 + cos(pi t / T)) / 2. torch's CosineAnnealingLR
/// with eta_min = Least lr and T_max the steps of the training; timm's cosine with lr_min; transformers' with
/// min_lr_rate.
template <auto Least>
struct CosineTo : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{detail::floor_number<Least>};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    return n[0] + (1 - n[0]) * detail::half_cosine(m.progress());
  }
  template <class Model>
  using judge = detail::JudgeRanges<CosineTo>;
};

/// Half a cosine from 1 to Least over First, then again from 1, each Mult (a whole number) times as long as the one
/// before it: torch's CosineAnnealingWarmRestarts with T_0 and T_mult, stepped every step (arXiv 1608.03983).
template <class First, int Mult = 1, auto Least = 0>
struct CosineRestarts : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = KnowsTooLong;
  static constexpr std::array numbers{detail::duration_number<First>("restart-after", "the first cosine"),
                                      Hyperparameter{.name = "restart-mult",
                                                     .value = Mult,
                                                     .least = 1,
                                                     .most = 1e6,
                                                     .whole = true,
                                                     .about = "each cosine is so many times as long as the one before"},
                                      detail::floor_number<Least>};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    long long length = First::in_steps(n[0], m.steps_per_epoch), t = m.elapsed();
    const auto mult = static_cast<long long>(n[1]);
    if (length < 1) length = 1;
    if (mult <= 1) t %= length;
    while (t >= length) {  // lengths grow by powers: some twenty turns at most
      t -= length;
      length *= mult;
    }
    return n[2] + (1 - n[2]) * detail::half_cosine(static_cast<double>(t) / static_cast<double>(length));
  }
  template <int N>
  static constexpr bool too_long = detail::is_epochs<First>&& First::count > N;
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<CosineRestarts, First>, detail::JudgeRanges<CosineRestarts>>;
};

/// Cycles (1, 2, 3, ...) half cosines from 1 to 0, one after the other, over the steps after the warm-up: transformers'
/// cosine with hard restarts.
template <int Cycles>
struct CosineCycles : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{Hyperparameter{.name = "cosine-cycles",
                                                     .value = Cycles,
                                                     .least = 1,
                                                     .most = 1e6,
                                                     .whole = true,
                                                     .about = "so many cosines over the training"}};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    const double x = n[0] * m.progress();
    return m.progress() >= 1 ? 0 : detail::half_cosine(x - static_cast<double>(static_cast<long long>(x)));
  }
  template <class Model>
  using judge = detail::JudgeRanges<CosineCycles>;
};

}  // namespace tuneit
