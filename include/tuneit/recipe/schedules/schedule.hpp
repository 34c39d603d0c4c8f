#pragma once
// What a schedule is: a constexpr function of the moment, a factor on the optimizer's rate. The schedules themselves
// are in schedules.hpp.
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/duration.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/schedules/abilities.hpp"

namespace tuneit {

namespace detail {

template <class P>
concept LastsSteps = requires(const double* n) {
  P::in_steps(n, 1LL);
};
template <class P>
concept LastsWholeSteps = requires(const double* n) {
  { P::in_steps(n, 1LL) } -> std::convertible_to<long long>;
};
template <class P>
concept SaysLength = requires {
  typename P::length;
};

}  // namespace detail

namespace slots {
struct Schedule {
  // judged as a schedule
  template <class P, class Model>
  static constexpr SlotAsks asks = {};
};
struct Warmup {
  template <class P, class Model>
  static constexpr SlotAsks asks = {
      {{detail::LastsSteps<P>, detail::LastsWholeSteps<P>, "in_steps"}, {detail::SaysLength<P>, true, "length"}}};
};
}  // namespace slots

/// Where in the training (or in a phase with a schedule of its own) a schedule is asked. `step` counts from 0; the
/// first `warmup` steps belong to the warm-up, in which no schedule is asked.
///
/// Dates (StepLr, MultiStepLr) count from step 0, the warm-up included. Everything else begins when the warm-up ends
/// and has the rest of the time.
struct ScheduleTime {
  long long step = 0;
  long long steps_per_epoch = 1;
  long long total_steps = 1;
  long long warmup = 0;

  /// Steps since the warm-up, and how many there are of them: at least 1, so that one can divide by it.
  [[nodiscard]] constexpr long long elapsed() const { return step - warmup; }
  [[nodiscard]] constexpr long long length() const { return total_steps - warmup > 1 ? total_steps - warmup : 1; }
  /// The share of that time which is over: 0 at its first step, 1 when it ends.
  [[nodiscard]] constexpr double progress() const {
    const double share = static_cast<double>(elapsed()) / static_cast<double>(length());
    return share < 1 ? share : 1;
  }
  /// Whole epochs since the warm-up.
  [[nodiscard]] constexpr long long epochs() const { return elapsed() / steps_per_epoch; }
};

/// A schedule S is a policy of slots::Schedule with
///   static constexpr double factor(const ScheduleTime&, const double* n)   or   factor(const ScheduleTime&)
/// where n are the values of its numbers. What it can do beside that it announces, see Abilities.
template <class S>
concept Schedule = Policy<S> &&(
    requires(const ScheduleTime& m, const double* n) {
      { S::factor(m, n) } -> std::convertible_to<double>;
    } ||
    requires(const ScheduleTime& m) {
      { S::factor(m) } -> std::convertible_to<double>;
    });

namespace detail {

/// One that watches the loss is told of each epoch, and has a factor on the rate that its formula gives.
template <class S>
requires watches_loss<S>
struct ActsInSlot<S, slots::Schedule> {
  static constexpr Moments acts = OnRate | OnEpoch;
  static constexpr Order order = Order::Read;
  static constexpr Effects effects{};
};

template <class S>
constexpr double factor_at(const ScheduleTime& m, const double* n) {
  if constexpr (requires { S::factor(m, n); })
    return S::factor(m, n);
  else
    return S::factor(m);
}

// Steps of an epoch in questions at compile time, where nobody knows how many there will be: so many that one step, or
// a duration in steps, is next to nothing.
inline constexpr long long many_steps = 1'000'000;

/// The factor with which a schedule begins after `warmup` steps.
template <class S>
constexpr double begins_at(long long warmup, long long total) {
  return factor_at<S>(ScheduleTime{warmup, many_steps, total, warmup}, number_values<S>.data());
}
// Two rates meet that differ by less than a hundredth of the full one.
constexpr bool meet(double a, double b) { return (a < b ? b - a : a - b) < 0.01; }

/// Does S, over after `total` steps, end at this factor? A staircase ends on its last stair or where the next would be.
template <class S>
constexpr bool ends_at(long long total, double next) {
  return meet(factor_at<S>(ScheduleTime{total - 1, many_steps, total, 0}, number_values<S>.data()), next) ||
         meet(factor_at<S>(ScheduleTime{total, many_steps, total, 0}, number_values<S>.data()), next);
}

}  // namespace detail

/// The rate rises linearly from 0 over Length (Steps or Epochs): t / W at step t < W, as in transformers.
template <class Length>
struct Warmup : PolicyTag {
  using slot = slots::Warmup;
  using length = Length;
  static constexpr Abilities has = KnowsTooLong;
  static constexpr std::array numbers{
      detail::duration_number<Length>("warmup", "the rate rises from 0 over this time")};
  static constexpr long long in_steps(const double* n, long long steps_per_epoch) {
    return Length::in_steps(n[0], steps_per_epoch);
  }
  template <int N>
  static constexpr bool too_long = detail::is_epochs<Length>&& Length::count >= N;
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<Warmup, Length>, detail::JudgeRanges<Warmup>>;
};

namespace detail {

struct NoWarmup {
  static constexpr long long in_steps(const double*, long long) { return 0; }
};

}  // namespace detail
}  // namespace tuneit
