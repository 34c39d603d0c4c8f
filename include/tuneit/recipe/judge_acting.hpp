#pragma once
// Does what a policy says of when it acts agree with what it has, and do several of a recipe get on?
#include "tuneit/meta/member_probe.hpp"
#include "tuneit/recipe/behaviour.hpp"
#include "tuneit/recipe/knob.hpp"
#include "tuneit/recipe/plan.hpp"

namespace tuneit::detail {

struct MomentNames {
  int on_start, on_batch, around_gradients, on_gradients, before_step, after_step, before_evaluation, after_last_step,
      on_epoch;
};
// None of them: asked first, at once, as nearly all policies have none.
template <class Probe>
concept NamesNoMoment = requires {
  &Probe::on_start, &Probe::on_batch, &Probe::around_gradients, &Probe::on_gradients, &Probe::before_step,
      &Probe::after_step, &Probe::before_evaluation, &Probe::after_last_step, &Probe::on_epoch;
};
template <class P>
constexpr Moments find_moments() {
  using Probe = MemberProbe<P, MomentNames>;
  unsigned m = 0;
  if constexpr (!requires { &Probe::on_start; }) m |= OnStart;
  if constexpr (!requires { &Probe::on_batch; }) m |= OnBatch;
  if constexpr (!requires { &Probe::around_gradients; }) m |= AroundGradients;
  if constexpr (!requires { &Probe::on_gradients; }) m |= OnGradients;
  if constexpr (!requires { &Probe::before_step; }) m |= BeforeStep;
  if constexpr (!requires { &Probe::after_step; }) m |= AfterStep;
  if constexpr (!requires { &Probe::before_evaluation; }) m |= BeforeEvaluation;
  if constexpr (!requires { &Probe::after_last_step; }) m |= AfterLastStep;
  if constexpr (!requires { &Probe::on_epoch; }) m |= OnEpoch;
  return static_cast<Moments>(m);
}
template <class P>
inline constexpr Moments named_moments = NoMoments;
template <class P>
requires(can_be_probed<P> &&
         !NamesNoMoment<MemberProbe<P, MomentNames>>) inline constexpr Moments named_moments<P> = find_moments<P>();
inline constexpr unsigned all_moments = 2 * static_cast<unsigned>(OnEpoch) - 1;
/// The first of some moments.
constexpr Moments first_moment(unsigned m) { return static_cast<Moments>(m & (~m + 1U)); }

template <class P>
constexpr auto judge_acting() {
  constexpr bool says = requires { P::acts; }
  || requires { typename P::acts; };
  if constexpr (says && (!SaysMoments<P> || (moments<P> & ~all_moments) != 0)) {
    return Type<LacksItsMember<P, Member::acts>>{};
  } else if constexpr (!says) {
    // Ours never have such members without saying so; asked of one's own alone: an empty tag of ours has no names.
    if constexpr (constexpr Moments unsaid = named_moments<P>; unsaid != NoMoments)
      return Type<ActsUnannounced<P, first_moment(unsaid)>>{};
    else
      return Type<Accepted>{};
  } else if constexpr (constexpr unsigned unsaid = named_moments<P> & ~static_cast<unsigned>(moments<P>); unsaid != 0) {
    return Type<ActsUnannounced<P, first_moment(unsaid)>>{};
  } else if constexpr (SaysOrder<P> && !acts_at<P>(OnGradients)) {
    return Type<ActsUnannounced<P, OnGradients>>{};
  } else if constexpr (acts_at<P>(OnGradients) && (!SaysOrder<P> || order_of<P> > Order::Read)) {
    return Type<LacksItsMember<P, Member::order>>{};
  } else if constexpr (requires { P::numbers; } && knob_count<P> == 0) {
    return Type<LacksItsMember<P, Member::knobs>>{};
  } else if constexpr ((
                           requires { P::effects; } || requires { typename P::effects; }) &&
                       !SaysEffects<P>) {
    return Type<LacksItsMember<P, Member::effects>>{};
  } else {
    return Type<Accepted>{};
  }
}
template <class P>
struct JudgeActing : decltype(judge_acting<P>()) {};

// Two of them that cannot both have their way: places in the list, and why. Compared in a loop, not in a type for each
// pair.
struct ActingClash {
  enum Why { None, Order, Around, Average } why = None;
  std::size_t first = 0, second = 0;
};
template <class P>
inline constexpr char policy_mark = 0;
struct Acting {
  const char* policy = nullptr;
  Moments moments = NoMoments;
  tuneit::Order order = tuneit::Order::Read;
  Effects effects{};
};
template <class... Ps>
constexpr ActingClash acting_clash() {
  using enum tuneit::Order;
  constexpr Acting all[] = {{&policy_mark<Ps>, moments<Ps>, order_of<Ps>, effects_of<Ps>}..., {}};
  for (std::size_t i = 0; i < sizeof...(Ps); ++i)
    for (std::size_t j = i + 1; j < sizeof...(Ps); ++j) {
      const Acting &a = all[i], &b = all[j];
      const unsigned both = static_cast<unsigned>(a.moments) & static_cast<unsigned>(b.moments);
      if ((both & OnGradients) != 0 && a.order == b.order && a.order != Add && a.order != Read)
        return {ActingClash::Order, i, j};
      if ((both & BeforeEvaluation) != 0 || a.policy == b.policy) return {ActingClash::Average, i, j};
      if ((both & (AroundGradients | OnBatch)) != 0 ||
          ((both & AfterStep) != 0 && a.effects.writes_weights && b.effects.writes_weights))
        return {ActingClash::Around, i, j};
    }
  return {};
}
template <class L, ActingClash C>
constexpr auto acting_reason() {
  if constexpr (C.why == ActingClash::None) {
    return Type<Accepted>{};
  } else {
    using First = typename TypeAt<C.first, L>::type;
    using Second = typename TypeAt<C.second, L>::type;
    if constexpr (C.why == ActingClash::Order)
      return Type<SameOrder<First, Second>>{};
    else if constexpr (C.why == ActingClash::Average)
      return Type<Contradiction<First, Second>>{};
    else
      return Type<OrderMatters<First, Second>>{};
  }
}
template <class L>
struct JudgeActingPairs;
template <class... Ps>
struct JudgeActingPairs<List<Ps...>> : decltype(acting_reason<List<Ps...>, acting_clash<Ps...>()>()) {};

}  // namespace tuneit::detail
