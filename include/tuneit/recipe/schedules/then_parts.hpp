#pragma once
// The parts of a Then: how long each is, what it demands, and whether it meets the one before it.
#include "tuneit/recipe/schedules/stairs.hpp"
#include "tuneit/recipe/schedules/wrappers.hpp"

namespace tuneit {

/// A part of a Then: S for so long.
template <class Length, class S>
struct During {
  using length = Length;
  using schedule = S;
  static constexpr auto numbers = [] {
    std::array<Hyperparameter, 1 + number_count<S>> all{
        detail::duration_number<Length>("during", "the length of a part of the schedule")};
    for (std::size_t i = 0; i < number_count<S>; ++i) all[i + 1] = hyperparameters_of<S>[i];
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
                   JudgeRanges<Self>>
      ask(std::index_sequence<I...>);
  using type = typename decltype(ask(std::index_sequence_for<Ps...>{}))::type;
};

template <class... Ps>
struct ThenEnds {
  using first = Constant;
  using last = Constant;
};
template <class P, class... Ps>
struct ThenEnds<P, Ps...> {
  using first = P;
  using last = typename ThenEnds<Ps...>::last;
};
template <class P>
struct ThenEnds<P> {
  using first = P;
  using last = P;
};

}  // namespace detail

}  // namespace tuneit
