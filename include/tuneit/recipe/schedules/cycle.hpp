#pragma once
// One cycle: the rate rises from a low start to the full rate and falls for the rest, while the momentum goes the other
// way. They move every step and begin low, so they need no warm-up before them.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {
namespace detail {

/// From `from` to `to` along half a cosine at x in [0, 1].
constexpr double cosine_between(double from, double to, double x) {
  return to + (from - to) * 0.5 * (1 + cosine(pi * (x < 0 ? 0 : x > 1 ? 1 : x)));
}

/// Up to a middle and down from there.
struct Cycle {
  double share = 0;  ///< of the way up, or of the way down
  bool down = false;
  [[nodiscard]] constexpr double at(double start, double middle, double end) const {
    return down ? cosine_between(middle, end, share) : cosine_between(start, middle, share);
  }
};

template <auto Pct, auto Div, auto FinalDiv, auto High, auto Low>
inline constexpr std::array cycle_numbers{
    Hyperparameter{.name = "cycle-start",
                   .value = static_cast<double>(Pct),
                   .most = 1,
                   .about = "share of the time in which the rate rises"},
    Hyperparameter{
        .name = "cycle-div", .value = static_cast<double>(Div), .least = 1, .about = "the rate begins at 1 / this"},
    Hyperparameter{.name = "cycle-final-div",
                   .value = static_cast<double>(FinalDiv),
                   .least = 1,
                   .about = "the rate ends that many times lower"},
    Hyperparameter{.name = "cycle-momentum",
                   .value = static_cast<double>(High),
                   .most = 0.999999,
                   .about = "at the beginning and the end"},
    Hyperparameter{.name = "cycle-low-momentum",
                   .value = static_cast<double>(Low),
                   .most = 0.999999,
                   .about = "where the rate is highest"}};

}  // namespace detail

/// fastai's fit_one_cycle: half a cosine from lr / Div to lr over the share Pct of the time, another one to lr /
/// FinalDiv over the rest; the momentum (beta1) from High to Low and back. Pct in [0, 1], Div and FinalDiv >= 1.
/// fastai's defaults.
template <auto Pct = 0.25, auto Div = 25, auto FinalDiv = 1e5, auto High = 0.95, auto Low = 0.85>
struct OneCycle : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = MovesMomentum;
  static constexpr auto numbers = detail::cycle_numbers<Pct, Div, FinalDiv, High, Low>;
  static constexpr detail::Cycle cycle(const ScheduleTime& m, const double* n) {
    const double x = m.progress();
    return x < n[0] ? detail::Cycle{x / n[0], false} : detail::Cycle{n[0] < 1 ? (x - n[0]) / (1 - n[0]) : 1, true};
  }
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    return cycle(m, n).at(1 / n[1], 1, 1 / n[2]);
  }
  static constexpr double momentum(const ScheduleTime& m, const double* n) { return cycle(m, n).at(n[3], n[4], n[3]); }
  template <class Model>
  using judge = detail::JudgeRanges<OneCycle>;
};

/// torch's OneCycleLR (two phases, cosine): from lr / Div to lr, reached at step Pct T - 1, then down to
/// lr / (Div FinalDiv), reached at the last step, T - 1; the momentum from High to Low and back. torch's defaults.
template <auto Pct = 0.3, auto Div = 25, auto FinalDiv = 1e4, auto High = 0.95, auto Low = 0.85>
struct TorchOneCycle : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = MovesMomentum;
  static constexpr auto numbers = detail::cycle_numbers<Pct, Div, FinalDiv, High, Low>;
  static constexpr detail::Cycle cycle(const ScheduleTime& m, const double* n) {
    const auto t = static_cast<double>(m.elapsed()), last = static_cast<double>(m.length()) - 1;
    const double top = n[0] * (last + 1) - 1;
    if (t <= top) return {top > 0 ? t / top : 1, false};
    return {top < last ? (t - top) / (last - top) : 1, true};
  }
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    return cycle(m, n).at(1 / n[1], 1, 1 / (n[1] * n[2]));
  }
  static constexpr double momentum(const ScheduleTime& m, const double* n) { return cycle(m, n).at(n[3], n[4], n[3]); }
  template <class Model>
  using judge = detail::JudgeRanges<TorchOneCycle>;
};

/// ULMFiT's slanted triangular rates (arXiv 1801.06146): with cut = floor(T CutFrac), p = t / cut before it and
/// 1 - (t - cut) / (cut (1 / CutFrac - 1)) after it, the factor is (1 + p (Ratio - 1)) / Ratio. CutFrac in (0, 1],
/// Ratio >= 1: how much lower the lowest rate is.
template <auto CutFrac = 0.1, auto Ratio = 32>
struct SlantedTriangular : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{Hyperparameter{.name = "cut-frac",
                                                     .value = static_cast<double>(CutFrac),
                                                     .most = 1,
                                                     .open = true,
                                                     .about = "share of the time in which the rate rises"},
                                      Hyperparameter{.name = "cut-ratio",
                                                     .value = static_cast<double>(Ratio),
                                                     .least = 1,
                                                     .about = "how much lower the lowest rate is"}};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    const auto t = static_cast<double>(m.elapsed());
    long long whole = static_cast<long long>(static_cast<double>(m.length()) * n[0]);
    if (whole < 1) whole = 1;  // of a training so short that the formula would divide by zero
    const auto cut = static_cast<double>(whole);
    const double fall = cut * (1 / n[0] - 1);
    double p = t < cut ? t / cut : fall > 0 ? 1 - (t - cut) / fall : 1;
    if (p < 0) p = 0;
    return (1 + p * (n[1] - 1)) / n[1];
  }
  template <class Model>
  using judge = detail::JudgeRanges<SlantedTriangular>;
};

}  // namespace tuneit
