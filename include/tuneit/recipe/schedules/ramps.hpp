#pragma once
// Rates that are lower for a while, or rise or fall along a line, a power or a root.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {

/// All the time there is: of the training, the phase, or the part of a Then.
struct Throughout {};

namespace detail {

template <auto Start, auto End>
inline constexpr std::array line_numbers{
    Hyperparameter{.name = "start-factor",
                   .value = static_cast<double>(Start),
                   .most = 1,
                   .about = "the rate begins at this share"},
    Hyperparameter{
        .name = "end-factor", .value = static_cast<double>(End), .most = 1, .about = "the rate ends at this share"}};

template <auto Factor>
inline constexpr Hyperparameter constant_number{.name = "constant-factor",
                                                .value = static_cast<double>(Factor),
                                                .most = 1,
                                                .open = true,
                                                .about = "the rate is this share of the optimizer's"};

}  // namespace detail

/// Factor (in (0, 1]) of the rate over Length, then all of it: torch's ConstantLR. Length in Epochs moves it by epoch
/// (t whole epochs, as torch's scheduler stepped per epoch), in Steps by step; without a Length it is Factor all the
/// time there is (of the training, the phase, or the part of a Then). `Then<During<Epochs<2>, ConstantLr<0.1>>,
/// Jump<CosineLr>>`.
template <auto Factor, class Length = Throughout>
struct ConstantLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = KnowsTooLong;
  static constexpr std::array numbers{
      detail::constant_number<Factor>,
      detail::duration_number<Length>("constant-length", "the rate is lower for this time")};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    const auto t = static_cast<double>(detail::is_epochs<Length> ? m.epochs() : m.elapsed());
    return t < n[1] ? n[0] : 1;
  }
  template <int N>
  static constexpr bool too_long = detail::is_epochs<Length>&& Length::count > N;
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<ConstantLr, Length>, detail::JudgeRanges<ConstantLr>>;
};
template <auto Factor>
struct ConstantLr<Factor, Throughout> : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{detail::constant_number<Factor>};
  static constexpr double factor(const ScheduleTime&, const double* n) { return n[0]; }
  template <class Model>
  using judge = detail::JudgeRanges<ConstantLr>;
};

/// From Start to End (both in [0, 1]) along a line over Length, and stays there: Start + (End - Start) min(t, L) / L,
/// torch's LinearLR. Length in Epochs moves it once per epoch (t whole epochs, as torch's scheduler stepped per epoch),
/// in Steps every step; without a Length it moves every step and ends with its time.
template <auto Start, auto End, class Length = Throughout>
struct LinearLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = KnowsTooLong;
  static constexpr std::array numbers{
      detail::line_numbers<Start, End>[0], detail::line_numbers<Start, End>[1],
      detail::duration_number<Length>("linear-length", "the rate moves over this time")};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    const auto t = static_cast<double>(detail::is_epochs<Length> ? m.epochs() : m.elapsed());
    return n[0] + (n[1] - n[0]) * (t < n[2] ? t / n[2] : 1);
  }
  template <int N>
  static constexpr bool too_long = detail::is_epochs<Length>&& Length::count > N;
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<LinearLr, Length>, detail::JudgeRanges<LinearLr>>;
};
template <auto Start, auto End>
struct LinearLr<Start, End, Throughout> : PolicyTag {
  using slot = slots::Schedule;
  static constexpr auto numbers = detail::line_numbers<Start, End>;
  static constexpr double factor(const ScheduleTime& m, const double* n) { return n[0] + (n[1] - n[0]) * m.progress(); }
  template <class Model>
  using judge = detail::JudgeRanges<LinearLr>;
};

/// From the full rate to 0 along a line, every step: max(0, (T - t) / (T - W)), transformers' linear schedule.
struct LinearDecay : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime& m) {
    const long long left = m.total_steps - m.step;
    return left > 0 ? static_cast<double>(left) / static_cast<double>(m.length()) : 0;
  }
};

/// (1 - End) (1 - t / T)^Power + End, every step: transformers' polynomial schedule (End = lr_end / lr, there 1e-7 /
/// lr), with End = 0 torch's PolynomialLR over the whole time. Power > 0, End in [0, 1].
template <auto Power = 1, auto End = 0>
struct PolynomialLr : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{
      Hyperparameter{
          .name = "power", .value = static_cast<double>(Power), .open = true, .about = "of the polynomial schedule"},
      detail::line_numbers<1, End>[1]};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    const double left = static_cast<double>(m.total_steps - m.step) / static_cast<double>(m.length());
    return (1 - n[1]) * (left > 0 ? detail::power(left, n[0]) : 0) + n[1];
  }
  template <class Model>
  using judge = detail::JudgeRanges<PolynomialLr>;
};

/// 1 / sqrt((t + S) / S) at t steps after the warm-up, every step: transformers' inverse square root schedule. S is the
/// Timescale; without one the length of the warm-up, and 10,000 steps without that.
template <class Timescale = Throughout>
struct InverseSqrt : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{
      detail::duration_number<Timescale>("timescale", "after three times this the rate is at half")};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    const auto scale = static_cast<double>(Timescale::in_steps(n[0], m.steps_per_epoch));
    return detail::square_root(scale / (scale + static_cast<double>(m.elapsed())));
  }
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<InverseSqrt, Timescale>, detail::JudgeRanges<InverseSqrt>>;
};
template <>
struct InverseSqrt<Throughout> : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime& m) {
    const auto scale = static_cast<double>(m.warmup > 0 ? m.warmup : 10'000);
    return detail::square_root(scale / (scale + static_cast<double>(m.elapsed())));
  }
};

}  // namespace tuneit
