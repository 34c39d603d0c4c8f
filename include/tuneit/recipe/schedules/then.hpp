#pragma once
// One schedule after the other.
#include "tuneit/recipe/schedules/then_parts.hpp"

namespace tuneit {

/// One schedule after the other: `Then<During<Epochs<2>, LinearLr<0.1, 1>>, During<Steps<100>, Constant>, CosineLr>`.
/// Each has a time of its own (its steps count from 0), the last one the rest of the training. torch's SequentialLR,
/// but for factors on the full rate throughout. Each must begin where the one before it ends, or be a Jump.
template <class... Parts>
struct Then : PolicyTag {
  using slot = slots::Schedule;
  static constexpr auto numbers = detail::join_numbers<Parts...>();
  using ends = detail::ThenEnds<Parts...>;
  static constexpr Abilities has =
      KnowsTooLong |
      detail::ability_if(detail::may_jump<typename detail::ThenPart<typename ends::first>::schedule>, MayJump) |
      detail::ability_if((detail::moves_momentum<typename detail::ThenPart<Parts>::schedule> || ...), MovesMomentum);

  /// Calls f(Type<S>, its moment, the values of its numbers) for the schedule S whose turn it is.
  template <class F>
  static constexpr void ask(const ScheduleTime& m, const double* n, const F& f) {
    long long begin = m.warmup;
    bool found = false;
    const auto one = [&]<class P>(Type<P>) {
      if constexpr (detail::ThenPart<P>::timed) {
        const long long length = P::length::in_steps(*n, m.steps_per_epoch);
        if (!found && m.step < begin + length) {
          f(Type<typename P::schedule>{}, ScheduleTime{m.step - begin, m.steps_per_epoch, length, 0}, n + 1);
          found = true;
        }
        begin += length;
      } else if (!found) {
        f(Type<P>{}, ScheduleTime{m.step - begin, m.steps_per_epoch, m.total_steps - begin, 0}, n);
      }
      n += number_count<P>;
    };
    (one(Type<Parts>{}), ...);
  }
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    double x = 1;
    ask(m, n, [&]<class S>(Type<S>, const ScheduleTime& own, const double* values) {
      x = detail::factor_at<S>(own, values);
    });
    return x;
  }
  static constexpr double momentum(const ScheduleTime& m, const double* n) requires(
      detail::moves_momentum<typename detail::ThenPart<Parts>::schedule> || ...) {
    double x = -1;
    ask(m, n, [&]<class S>(Type<S>, const ScheduleTime& own, const double* values) {
      if constexpr (detail::moves_momentum<S>) x = S::momentum(own, values);
    });
    return x;
  }
  static constexpr int timed_epochs = (0 + ... + detail::ThenPart<Parts>::epochs);
  template <int N>
  static constexpr bool too_long = timed_epochs >= N || detail::too_long_in<typename ends::last, N - timed_epochs>();
  template <class Model>
  using judge = detail::JudgeThen<Then, Model, Parts...>;
};

}  // namespace tuneit
