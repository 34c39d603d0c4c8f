#pragma once
// Schedules made of schedules: one after the other, once per epoch, beginning where they like.
#include "tuneit/recipe/schedules/stairs.hpp"

namespace tuneit {
namespace detail {

// Schedules can be put together; Plateau, which has a memory of the whole training, cannot.
template <class S>
concept PlainSchedule = Schedule<S> && !watches_loss<S>;

template <class Self, class S>
struct JudgeInner : Demand<PlainSchedule<S>, NotASchedule<Self, S>> {};
// What the inner schedule demands itself.
template <class S, class Model>
struct JudgeOwn {
  using type = Accepted;
};
template <class S, class Model>
requires requires { typename S::template judge<Model>; }
struct JudgeOwn<S, Model> : S::template judge<Model> {};

// Another schedule asked at another moment: what the wrappers have in common.
template <class Self, class S>
struct AroundSchedule : PolicyTag {
  using slot = slots::Schedule;
  static constexpr const auto& knobs = knobs_of<S>;
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
  static constexpr bool jumps = true;
  static constexpr double factor(const Moment& m, const double* n) { return detail::factor_at<S>(m, n); }
  static constexpr double momentum(const Moment& m, const double* n) requires(detail::moves_momentum<S>) {
    return S::momentum(m, n);
  }
};

/// S asked at the first step of each epoch and left alone until the next: a torch scheduler stepped per epoch. torch's
/// CosineAnnealingLR over E epochs is `PerEpoch<CosineLr>` of a training of E epochs.
template <class S>
struct PerEpoch : detail::AroundSchedule<PerEpoch<S>, S> {
  static constexpr bool jumps = detail::may_jump<S>;
  static constexpr Moment first_step(Moment m) {
    m.step -= m.step % m.steps_per_epoch;
    if (m.step < m.warmup) m.step = m.warmup;
    return m;
  }
  static constexpr double factor(const Moment& m, const double* n) { return detail::factor_at<S>(first_step(m), n); }
  static constexpr double momentum(const Moment& m, const double* n) requires(detail::moves_momentum<S>) {
    return S::momentum(first_step(m), n);
  }
};

/// A part of a Then: S for so long.
template <class Length, class S>
struct During {
  using length = Length;
  using schedule = S;
  static constexpr auto knobs = [] {
    std::array<Knob, 1 + knob_count<S>> all{
        detail::duration_knob<Length>("during", "the length of a part of the schedule")};
    for (std::size_t i = 0; i < knob_count<S>; ++i) all[i + 1] = knobs_of<S>[i];
    return all;
  }();
};

namespace detail {

template <class P>
struct ThenPart {
  static constexpr bool timed = false;
  using schedule = P;
  static constexpr int epochs = 0;
  static constexpr long long steps = 1000 * many_steps;  // nobody knows; as long as one likes
};
template <class L, class S>
struct ThenPart<During<L, S>> {
  static constexpr bool timed = true;
  using schedule = S;
  static constexpr int epochs = [] {
    if constexpr (is_epochs<L>) return L::count;
    return 0;
  }();
  static constexpr long long steps = [] {
    if constexpr (Duration<L>) return L::in_steps(many_steps);
    return 1LL;
  }();
};

// A part by itself. The last one has the rest of the training, all others say how long they are.
template <class Self, class P, bool Last>
struct JudgePart : judge_all<JudgeInner<Self, P>, Demand<Last, NotADuration<Self, P>>> {};
template <class Self, class L, class S>
struct JudgePart<Self, During<L, S>, false> : judge_all<JudgeDuration<Self, L>, JudgeInner<Self, S>> {};
template <class Self, class P, int N>
struct JudgePartTime : judge_all<Demand<!never_acts_in<P, N>(), ScheduleNeverActs<P, N>>,
                                 Demand<!too_long_in<P, N>(), ScheduleTooLong<P, N>>> {};
template <class Self, class P, class Model>
struct JudgePartOwn : judge_all<JudgeOwn<typename ThenPart<P>::schedule, Model>> {};
template <class Self, int N, class S, class Model>
struct JudgePartOwn<Self, During<Epochs<N>, S>, Model>
    : judge_all<typename Epochs<N>::template judge<Model>, JudgeOwn<S, Model>, JudgePartTime<Self, S, N>> {};

template <class A, class B>
constexpr bool parts_meet() {
  using After = typename ThenPart<B>::schedule;
  if constexpr (may_jump<After>)
    return true;
  else
    return ends_at<typename ThenPart<A>::schedule>(ThenPart<A>::steps, begins_at<After>(0, ThenPart<B>::steps));
}
template <class A, class B>
struct JudgeJoint
    : Demand<parts_meet<A, B>(), ScheduleJumps<typename ThenPart<A>::schedule, typename ThenPart<B>::schedule>> {};
template <class... Ps>
struct JudgeJoints {
  using type = Accepted;
};
template <class A, class B, class... Rest>
struct JudgeJoints<A, B, Rest...> : judge_all<JudgeJoint<A, B>, JudgeJoints<B, Rest...>> {};

template <class Self, class Model, class... Ps>
struct JudgeThen {
  using type = OutOfRange<Self>;
};
template <class Self, class Model, class P, class... Ps>
struct JudgeThen<Self, Model, P, Ps...> {
  template <std::size_t... I>
  static judge_all<JudgePart<Self, P, sizeof...(Ps) == 0>, JudgePart<Self, Ps, I + 1 == sizeof...(Ps)>...,
                   JudgePartOwn<Self, P, Model>, JudgePartOwn<Self, Ps, Model>..., JudgeJoints<P, Ps...>,
                   JudgeKnobs<Self>>
      ask(std::index_sequence<I...>);
  using type = typename decltype(ask(std::index_sequence_for<Ps...>{}))::type;
};

template <class... Ps>
struct Ends {
  using first = Constant;
  using last = Constant;
};
template <class P, class... Ps>
struct Ends<P, Ps...> {
  using first = P;
  using last = typename Ends<Ps...>::last;
};
template <class P>
struct Ends<P> {
  using first = P;
  using last = P;
};

}  // namespace detail

/// One schedule after the other: `Then<During<Epochs<2>, LinearLr<0.1, 1>>, During<Steps<100>, Constant>, CosineLr>`.
/// Each has a time of its own (its steps count from 0), the last one the rest of the training. torch's SequentialLR,
/// but for factors on the full rate throughout. Each must begin where the one before it ends, or be a Jump.
template <class... Parts>
struct Then : PolicyTag {
  using slot = slots::Schedule;
  static constexpr auto knobs = detail::join_knobs<Parts...>();
  using ends = detail::Ends<Parts...>;
  static constexpr bool jumps = detail::may_jump<typename detail::ThenPart<typename ends::first>::schedule>;

  /// Calls f(Type<S>, its moment, the values of its knobs) for the schedule S whose turn it is.
  template <class F>
  static constexpr void ask(const Moment& m, const double* n, const F& f) {
    long long begin = m.warmup;
    bool found = false;
    const auto one = [&]<class P>(Type<P>) {
      if constexpr (detail::ThenPart<P>::timed) {
        const long long length = P::length::in_steps(*n, m.steps_per_epoch);
        if (!found && m.step < begin + length) {
          f(Type<typename P::schedule>{}, Moment{m.step - begin, m.steps_per_epoch, length, 0}, n + 1);
          found = true;
        }
        begin += length;
      } else if (!found) {
        f(Type<P>{}, Moment{m.step - begin, m.steps_per_epoch, m.total_steps - begin, 0}, n);
      }
      n += knob_count<P>;
    };
    (one(Type<Parts>{}), ...);
  }
  static constexpr double factor(const Moment& m, const double* n) {
    double x = 1;
    ask(m, n,
        [&]<class S>(Type<S>, const Moment& own, const double* values) { x = detail::factor_at<S>(own, values); });
    return x;
  }
  static constexpr double momentum(const Moment& m, const double* n) requires(
      detail::moves_momentum<typename detail::ThenPart<Parts>::schedule> || ...) {
    double x = -1;
    ask(m, n, [&]<class S>(Type<S>, const Moment& own, const double* values) {
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
