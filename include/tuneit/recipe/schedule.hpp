#pragma once
// What a schedule is: a constexpr function of the moment, a factor on the optimizer's rate. The schedules themselves
// are in schedules.hpp.
#include "tuneit/recipe/duration.hpp"

namespace tuneit {

namespace slots {
struct Schedule {};
struct Warmup {};
}  // namespace slots

/// Where in the training (or in a phase with a schedule of its own) a schedule is asked. `step` counts from 0; the
/// first `warmup` steps belong to the warm-up.
struct Moment {
  long long step = 0;
  long long steps_per_epoch = 1;
  long long total_steps = 1;
  long long warmup = 0;
};

/// A schedule S is a policy of slots::Schedule with
///   static constexpr double factor(const Moment&, const double* n)   or   factor(const Moment&)
/// where n are the values of its knobs. It may also have `momentum` with the same arguments: the momentum (of Adam:
/// beta1) at that moment, in place of the optimizer's.
template <class S>
concept Schedule = Policy<S> &&(
    requires(const Moment& m, const double* n) {
      { S::factor(m, n) } -> std::convertible_to<double>;
    } ||
    requires(const Moment& m) {
      { S::factor(m) } -> std::convertible_to<double>;
    });

namespace detail {

template <class S>
constexpr double factor_at(const Moment& m, const double* n) {
  if constexpr (requires { S::factor(m, n); })
    return S::factor(m, n);
  else
    return S::factor(m);
}

template <class S>
inline constexpr bool moves_momentum = requires(const Moment& m, const double* n) {
  S::momentum(m, n);
};

}  // namespace detail

/// The rate rises linearly from 0 over Length (Steps or Epochs): t / W at step t < W, as in transformers.
template <class Length>
struct Warmup : PolicyTag {
  using slot = slots::Warmup;
  using length = Length;
  static constexpr std::array knobs{detail::duration_knob<Length>("warmup", "the rate rises from 0 over this time")};
  static constexpr long long in_steps(const double* n, long long steps_per_epoch) {
    return Length::in_steps(n[0], steps_per_epoch);
  }
  template <int N>
  static constexpr bool too_long = detail::is_epochs<Length>&& Length::count >= N;
  template <class Model>
  using judge = judge_all<detail::JudgeDuration<Warmup, Length>, detail::JudgeKnobs<Warmup>>;
};

namespace detail {

struct NoWarmup {
  static constexpr long long in_steps(const double*, long long) { return 0; }
};

}  // namespace detail
}  // namespace tuneit
