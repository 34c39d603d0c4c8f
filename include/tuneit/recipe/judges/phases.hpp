#pragma once
// What is wrong within the phases of a recipe?
#include <cstddef>
#include <type_traits>
#include <utility>

#include "tuneit/recipe/judges/loss.hpp"
#include "tuneit/recipe/judges/plan.hpp"
#include "tuneit/recipe/judges/policy.hpp"
#include "tuneit/recipe/judges/still_phases.hpp"

namespace tuneit {

namespace detail {

// The policies within the phases: what each demands, what two decide twice, what is done in vain there.
template <class Parts, std::size_t I, class Policies>
struct JudgePhasePolicies;
template <class Parts, std::size_t I, class... Ps>
struct JudgePhasePolicies<Parts, I, List<Ps...>>
    : judge_all<JudgePolicy<Ps, typename Parts::model>..., JudgePairs<typename Parts::model, Ps...>> {};
template <class Parts, std::size_t I, class Policies>
struct JudgePhasePlan;
template <class Parts, std::size_t I, class... Ps>
struct JudgePhasePlan<Parts, I, List<Ps...>> : JudgeWork<Parts, typename Parts::common, I, I + 1, Ps...> {};

// Options of the optimizer within a phase: does its formula have them?
template <class Optimizer, class Item>
struct JudgePhaseOption
    : Demand<!IsOptimizerOption<Item> || takes_optimizer_option<Optimizer, Item>(), NotAnOption<Optimizer, Item>> {};
template <class Optimizer, class Items>
struct JudgePhaseOptions;
template <class Optimizer, class... Items>
struct JudgePhaseOptions<Optimizer, List<Items...>> : judge_all<JudgePhaseOption<Optimizer, Items>...> {};

// Those that act in a phase: do they go together, and with the recipe?
template <class Parts, std::size_t I, bool Act>
struct JudgePhaseActing {
  using type = Accepted;
};
template <class Parts, std::size_t I>
struct JudgePhaseActing<Parts, I, true> {
  template <class X>
  struct here {
    static constexpr bool value = moments<X> != NoMoments && acts_here<Parts, I, X>;
  };
  template <class... Xs>
  static filter_t<here, Xs...> choose(List<Xs...>);
  template <class... Items>
  static auto with_recipe(List<Items...>) ->
      typename judge_all<JudgeOfRecipe<Items, parts_in_phase<Parts, I>>...>::type;
  using type = typename judge_all<JudgeActingPairs<decltype(choose(acting_policies<Parts>{}))>,
                                  Type<decltype(with_recipe(typename phase_t<Parts, I>::policies{}))>>::type;
};
// A loss of a phase: does it fit the outputs and the targets, and those that act there, as that of the recipe does?
template <class Parts, std::size_t I, bool Says = says_loss<Parts, I>>
struct JudgePhaseLoss {
  using type = Accepted;
};
template <class Parts, std::size_t I>
struct JudgePhaseLoss<Parts, I, true> {
  using Here = PartsInPhase<Parts, I>;
  template <class X>
  struct common_here {
    static constexpr bool value = acts_in_phase<X> && acts_here<Parts, I, X>;
  };
  template <class... Ps>
  static filter_t<common_here, Ps...> choose(List<Ps...>);
  template <class... Ps>
  static auto with_recipe(List<Ps...>) -> typename judge_all<JudgeOfRecipe<Ps, Here>...>::type;
  using type =
      typename judge_all<Demand<trains_on_same_targets<Here>(),
                                LossOfPhaseDiffers<phase_t<Parts, I>, typename Here::loss, typename Parts::loss>>,
                         JudgeLossAndHead<Here, false>,
                         Type<decltype(with_recipe(choose(typename Parts::common{})))>>::type;
};
template <class Parts, class Indices>
struct JudgePhaseLosses;
template <class Parts, std::size_t... I>
struct JudgePhaseLosses<Parts, std::index_sequence<I...>>
    : judge_all<JudgePhaseLoss<Parts, I>..., JudgeLossAndHead<Parts, false>> {};
template <class Parts>
struct JudgeLossAndHead<Parts, true> : JudgePhaseLosses<Parts, std::make_index_sequence<Parts::phase_count>> {};

template <class Parts, class Indices>
struct JudgePhases;
template <class Parts, std::size_t... I>
struct JudgePhases<Parts, std::index_sequence<I...>>
    : judge_all<JudgePhaseOptions<optimizer_in<Parts, I>, typename phase_t<Parts, I>::items>...,
                JudgePhasePolicies<Parts, I, typename phase_t<Parts, I>::policies>...,
                JudgePhaseActing<Parts, I, some_act(typename phase_t<Parts, I>::items{})>...> {};
template <class Parts, std::size_t... I>
requires std::is_void_v<typename Parts::phased>
struct JudgePhases<Parts, std::index_sequence<I...>> {
  using type = Accepted;
};
template <class Parts, class Indices>
struct JudgePhasePlans;
template <class Parts, std::size_t... I>
struct JudgePhasePlans<Parts, std::index_sequence<I...>>
    : judge_all<JudgePhasePlan<Parts, I, typename phase_t<Parts, I>::policies>...> {};
template <class Parts, std::size_t... I>
requires(sizeof...(I) > 1) struct JudgePhasePlans<Parts, std::index_sequence<I...>>
    : judge_all<JudgePhasePlan<Parts, I, typename phase_t<Parts, I>::policies>..., JudgeStillPhases<Parts>> {
};

}  // namespace detail

}  // namespace tuneit
