#pragma once
// Schedules around a schedule: beginning where it likes, or asked once per epoch.
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {
namespace detail {

// Schedules can be put together; Plateau, which has a memory of the whole training, cannot.
template <class S>
concept PlainSchedule = Schedule<S> && !watches_loss<S>;

template <class Self, class S>
struct JudgeInner : Demand<PlainSchedule<S>, NotASchedule<Self, S>> {};
// What the inner schedule demands itself, and whether it is what it announces.
template <class S, class Model>
struct JudgeOwn : JudgeAbilities<S> {};
template <class S, class Model>
requires requires { typename S::template judge<Model>; }
struct JudgeOwn<S, Model> : judge_all<typename S::template judge<Model>, JudgeAbilities<S>> {};

// Another schedule asked at another moment: what the wrappers have in common.
template <class Self, class S>
struct AroundSchedule : PolicyTag {
  using slot = slots::Schedule;
  static constexpr const auto& numbers = hyperparameters_of<S>;
  static constexpr Abilities inner = KnowsNeverActs | KnowsTooLong | ability_if(moves_momentum<S>, MovesMomentum);
  template <int N>
  static constexpr bool never_acts = never_acts_in<S, N>();
  template <int N>
  static constexpr bool too_long = too_long_in<S, N>();
  template <class Model>
  using judge = judge_all<JudgeInner<Self, S>, JudgeOwn<S, Model>>;
};

}  // namespace detail

/// S, which is meant to begin at another rate than the schedule (or warm-up) before it ends with.
template <class S>
struct Jump : detail::AroundSchedule<Jump<S>, S> {
  static constexpr Abilities has = Jump::inner | MayJump;
  static constexpr bool jumps = true;
  static constexpr double factor(const ScheduleTime& m, const double* n) { return detail::factor_at<S>(m, n); }
  static constexpr double momentum(const ScheduleTime& m, const double* n) requires(detail::moves_momentum<S>) {
    return S::momentum(m, n);
  }
};

/// S asked at the first step of each epoch and left alone until the next: a torch scheduler stepped per epoch. torch's
/// CosineAnnealingLR over E epochs is `PerEpoch<CosineLr>` of a training of E epochs.
template <class S>
struct PerEpoch : detail::AroundSchedule<PerEpoch<S>, S> {
  static constexpr Abilities has = PerEpoch::inner | detail::ability_if(detail::may_jump<S>, MayJump);
  static constexpr ScheduleTime first_step(ScheduleTime m) {
    m.step -= m.step % m.steps_per_epoch;
    if (m.step < m.warmup) m.step = m.warmup;
    return m;
  }
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    return detail::factor_at<S>(first_step(m), n);
  }
  static constexpr double momentum(const ScheduleTime& m, const double* n) requires(detail::moves_momentum<S>) {
    return S::momentum(first_step(m), n);
  }
};

}  // namespace tuneit
