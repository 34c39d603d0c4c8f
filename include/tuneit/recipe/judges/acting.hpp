#pragma once
// Does what a policy says of when it acts agree with what it has, and do several of a recipe get on?
#include "tuneit/meta/member_probe.hpp"
#include "tuneit/recipe/judges/acting_order.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/hyperparameter.hpp"
#include "tuneit/recipe/plan/plan.hpp"

namespace tuneit {
struct Settings;
}

namespace tuneit::detail {

struct MomentNames {
  int on_start, on_batch, on_inputs, around_gradients, on_outputs, after_backward, on_gradients, on_rate, before_step,
      after_step, on_drop, after_last_step, before_evaluation, on_epoch, on_block_gradients;
};
// None of them: asked first, at once, as nearly all policies have none.
template <class Probe>
concept NamesNoMoment = requires {
  &Probe::on_start, &Probe::on_batch, &Probe::on_inputs, &Probe::around_gradients, &Probe::on_outputs,
      &Probe::after_backward, &Probe::on_gradients, &Probe::on_rate, &Probe::before_step, &Probe::after_step,
      &Probe::on_drop, &Probe::after_last_step, &Probe::before_evaluation, &Probe::on_epoch, &Probe::on_block_gradients;
};
template <class P>
constexpr Moments find_moments() {
  using Probe = MemberProbe<P, MomentNames>;
  unsigned m = 0;
  if constexpr (!requires { &Probe::on_start; }) m |= OnStart;
  if constexpr (!requires { &Probe::on_batch; }) m |= OnBatch;
  if constexpr (!requires { &Probe::on_inputs; }) m |= OnInputs;
  if constexpr (!requires { &Probe::around_gradients; }) m |= AroundGradients;
  if constexpr (!requires { &Probe::on_outputs; }) m |= OnOutputs;
  if constexpr (!requires { &Probe::after_backward; }) m |= AfterBackward;
  if constexpr (!requires { &Probe::on_gradients; }) m |= OnGradients;
  if constexpr (!requires { &Probe::on_rate; }) m |= OnRate;
  if constexpr (!requires { &Probe::before_step; }) m |= BeforeStep;
  if constexpr (!requires { &Probe::after_step; }) m |= AfterStep;
  if constexpr (!requires { &Probe::on_drop; }) m |= OnDrop;
  if constexpr (!requires { &Probe::before_evaluation; }) m |= BeforeEvaluation;
  if constexpr (!requires { &Probe::after_last_step; }) m |= AfterLastStep;
  if constexpr (!requires { &Probe::on_epoch; }) m |= OnEpoch;
  if constexpr (!requires { &Probe::on_block_gradients; }) m |= OnBlockGradients;
  return static_cast<Moments>(m);
}
template <class P>
inline constexpr Moments named_moments = NoMoments;
template <class P>
requires(can_be_probed<P> &&
         !NamesNoMoment<MemberProbe<P, MomentNames>>) inline constexpr Moments named_moments<P> = find_moments<P>();
inline constexpr unsigned all_moments = 2 * static_cast<unsigned>(OnBlockGradients) - 1;
/// The first of some moments.
constexpr Moments first_moment(unsigned m) { return static_cast<Moments>(m & (~m + 1U)); }

// Members that may be left out, also nearly, or where they cannot be seen: who has one of these names and not what it
// should be has misspelt it.
struct NearlyNumbers {
  int numbers, number, Numbers, hyperparameters, hyperparameter, hyper_parameters;
};
struct NearlyEffects {
  int effects, effect, Effects;
};
struct NearlyAfter {
  int after, afters, After, comes_after;
};
struct NearlyBatches {
  int batches_per_step, batch_per_step, batches_per_steps, batches_a_step;
};
struct NearlyJudgeRecipe {
  int judges_recipe, judge_recipes, recipe_judge;
};
struct NearNames : NearlyNumbers, NearlyEffects, NearlyAfter, NearlyBatches, NearlyJudgeRecipe {};
// None of them: asked at once.
template <class Probe>
concept NamesNothingNearly = requires {
  &Probe::numbers, &Probe::number, &Probe::Numbers, &Probe::hyperparameters, &Probe::hyperparameter,
      &Probe::hyper_parameters, &Probe::effects, &Probe::effect, &Probe::Effects, &Probe::after, &Probe::afters,
      &Probe::After, &Probe::comes_after, &Probe::batches_per_step, &Probe::batch_per_step, &Probe::batches_per_steps,
      &Probe::batches_a_step, &Probe::judges_recipe, &Probe::judge_recipes, &Probe::recipe_judge;
};
/// The member that an acting policy has misspelt; `acts`, which it has, for none.
template <class P>
inline constexpr Member misspelt_member = Member::acts;
template <class P>
requires(can_be_probed<P> && !NamesNothingNearly<MemberProbe<P, NearNames>>)  //
    inline constexpr Member misspelt_member<P> = [] {
      using Probe = MemberProbe<P, NearNames>;
      if constexpr (number_count<P> == 0 && !requires {
                      &Probe::numbers, &Probe::number, &Probe::Numbers, &Probe::hyperparameters, &Probe::hyperparameter,
                          &Probe::hyper_parameters;
                    })
        return Member::numbers;
      else if constexpr (!SaysEffects<P> && !requires { &Probe::effects, &Probe::effect, &Probe::Effects; })
        return Member::effects;
      else if constexpr (!NamesAfter<P> &&
                         !requires { &Probe::after, &Probe::afters, &Probe::After, &Probe::comes_after; })
        return Member::after;
      else if constexpr (!SaysBatches<P> && !requires {
                           &Probe::batches_per_step, &Probe::batch_per_step, &Probe::batches_per_steps,
                               &Probe::batches_a_step;
                         })
        return Member::batches_per_step;
      else if constexpr (!requires { &Probe::judges_recipe, &Probe::judge_recipes, &Probe::recipe_judge; })
        return Member::judge_recipe;
      else
        return Member::acts;
    }();

template <class P>
concept SaysMemory = requires(const Settings& s) {
  { P::memory(s) } -> std::same_as<PolicyMemory>;
};

// Who makes a step of several batches takes the gradients of each away, gives them back, and forgets those of a step
// that is not taken.
template <class P>
inline constexpr bool gathers_rightly =
    order_of<P> == Order::Collect&& acts_at<P>(AfterBackward) && acts_at<P>(OnGradients) && acts_at<P>(OnDrop);

template <class P>
constexpr auto judge_acting() {
  constexpr bool says = requires { P::acts; }
  || requires { typename P::acts; };
  if constexpr (says && (!SaysMoments<P> || (moments<P> & ~all_moments) != 0)) {
    return Type<LacksItsMember<P, Member::acts>>{};
  } else if constexpr (requires { &P::batches_per_step; } && !(SaysBatches<P> && gathers_rightly<P>)) {
    return Type<LacksItsMember<P, Member::batches_per_step>>{};
  } else if constexpr (
      requires { P::judge_recipe; } || requires { typename P::judge_recipe; }) {
    return Type<LacksItsMember<P, Member::judge_recipe>>{};
  } else if constexpr (!says) {
    // Ours never have such members without saying so; asked of one's own alone: an empty tag of ours has no names.
    if constexpr (constexpr Moments unsaid = named_moments<P>; unsaid != NoMoments)
      return Type<ActsUnannounced<P, first_moment(unsaid)>>{};
    else
      return Type<Accepted>{};
  } else if constexpr (constexpr unsigned unsaid = named_moments<P> & ~static_cast<unsigned>(moments<P>); unsaid != 0) {
    return Type<ActsUnannounced<P, first_moment(unsaid)>>{};
  } else if constexpr (SaysOrder<P> && !acts_at<P>(OnGradients | OnOutputs)) {
    return Type<ActsUnannounced<P, OnGradients>>{};
  } else if constexpr (acts_at<P>(OnGradients | OnOutputs) && (!SaysOrder<P> || order_of<P> > Order::Read)) {
    return Type<LacksItsMember<P, Member::order>>{};
  } else if constexpr (requires { P::numbers; } && (number_count<P> == 0 || !numbers_have_names<P>())) {
    return Type<LacksItsMember<P, Member::numbers>>{};
  } else if constexpr ((
                           requires { P::effects; } || requires { typename P::effects; }) &&
                       !SaysEffects<P>) {
    return Type<LacksItsMember<P, Member::effects>>{};
  } else if constexpr (effects_of<P>.memory != SaysMemory<P>) {
    return Type<LacksItsMember<P, effects_of<P>.memory ? Member::memory : Member::effects>>{};
  } else if constexpr (NamesAfter<P> && !SaysAfter<P>) {
    return Type<LacksItsMember<P, Member::after>>{};
  } else if constexpr (misspelt_member<P> != Member::acts) {
    return Type<LacksItsMember<P, misspelt_member<P>>>{};
  } else {
    return Type<Accepted>{};
  }
}
template <class P>
struct JudgeActing : decltype(judge_acting<P>()) {};

// Two of them that cannot both have their way: places in the list, and why. Compared in a loop, not in a type for each
// pair.
struct ActingClash {
  enum Why { None, Order, Around, Average, Circle } why = None;
  std::size_t first = 0, second = 0;
};
struct Acting {
  const char* policy = nullptr;
  Moments moments = NoMoments;
  tuneit::Order order = tuneit::Order::Read;
  Effects effects{};
};
/// Do two write the same where nothing but `after` says who comes first?
constexpr ActingClash::Why clash_of(const Acting& a, const Acting& b) {
  using enum tuneit::Order;
  const unsigned both = static_cast<unsigned>(a.moments) & static_cast<unsigned>(b.moments);
  const bool collects = (a.order == Collect) != (b.order == Collect);  // it comes behind the other
  if (a.effects.by_group && b.effects.by_group) return ActingClash::None;
  if ((both & (OnGradients | OnOutputs)) != 0 && a.order == b.order && a.order != Add && a.order != Read)
    return ActingClash::Order;
  if ((both & (AroundGradients | OnBatch | OnRate | OnBlockGradients)) != 0 ||
      ((both & AfterBackward) != 0 && !collects) ||
      ((both & AfterStep) != 0 && a.effects.writes_weights && b.effects.writes_weights))
    return ActingClash::Around;
  return ActingClash::None;
}
template <class... Ps>
constexpr ActingClash acting_clash() {
  constexpr Acting all[] = {{&policy_mark<Ps>, moments<Ps>, order_of<Ps>, effects_of<Ps>}..., {}};
  constexpr auto& later = acting_order<Ps...>;
  if (later.circle) return {ActingClash::Circle, later.first, later.second};
  for (std::size_t i = 0; i < sizeof...(Ps); ++i)
    for (std::size_t j = i + 1; j < sizeof...(Ps); ++j) {
      const Acting &a = all[i], &b = all[j];
      const unsigned both = static_cast<unsigned>(a.moments) & static_cast<unsigned>(b.moments);
      const ActingClash::Why why = clash_of(a, b);
      if (why == ActingClash::Order && !later.says(i, j)) return {why, i, j};
      if ((both & BeforeEvaluation) != 0 || a.policy == b.policy) return {ActingClash::Average, i, j};
      if (why != ActingClash::None && !later.says(i, j)) return {why, i, j};
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
    else if constexpr (C.why == ActingClash::Circle)
      return Type<AfterEachOther<First, Second>>{};
    else
      return Type<OrderMatters<First, Second>>{};
  }
}
template <class L>
struct JudgeActingPairs;
template <class... Ps>
struct JudgeActingPairs<List<Ps...>> : decltype(acting_reason<List<Ps...>, acting_clash<Ps...>()>()) {};

}  // namespace tuneit::detail
