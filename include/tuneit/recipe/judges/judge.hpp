#pragma once
// The judge of a whole recipe. Order: is everything a model or a policy, do the layers of the model fit together, what
// each policy demands, what two of them decide twice, and what the plans as a whole must fulfil. The first reason
// counts; later judges are not instantiated.
#include "tuneit/recipe/judges/acting.hpp"
#include "tuneit/recipe/judges/groups.hpp"
#include "tuneit/recipe/judges/loss.hpp"
#include "tuneit/recipe/judges/network.hpp"
#include "tuneit/recipe/judges/plan.hpp"
#include "tuneit/recipe/judges/recompute.hpp"
#include "tuneit/recipe/judges/slots.hpp"
#include "tuneit/recipe/judges/still_phases.hpp"
#include "tuneit/recipe/judges/texts.hpp"
#include "tuneit/recipe/judges/timing.hpp"

namespace tuneit {
namespace detail {

// The parts of a network: an input, then blocks.
template <class T>
concept InputLike = requires {
  { T::at(1) } -> std::same_as<Shape>;
  typename T::others;
};
template <class T>
concept BlockLike = requires {
  typename T::layers;
  T::name.size();
};
template <class Blocks>
struct FirstNoBlock;  // there is one
template <class... Blocks>
struct FirstNoBlock<List<Blocks...>> {
  static constexpr std::size_t at = [] {
    constexpr bool is_block[] = {BlockLike<Blocks>..., false};
    std::size_t i = 0;
    while (is_block[i]) ++i;
    return i;
  }();
  using type = typename TypeAt<at, List<Blocks...>>::type;
};
template <class Blocks>
inline constexpr bool all_blocks = false;
template <class... Blocks>
inline constexpr bool all_blocks<List<Blocks...>> = (BlockLike<Blocks> && ...);

template <class T>
struct JudgeModel : Demand<NetworkLike<T>, NotAModel<T>> {};
template <NetworkLike T>
requires(!InputLike<typename T::input>) struct JudgeModel<T> {
  using type = NotAPart<T, typename T::input>;
};
template <NetworkLike T>
requires(InputLike<typename T::input> && !all_blocks<typename T::blocks>) struct JudgeModel<T> {
  using type = NotAPart<T, typename FirstNoBlock<typename T::blocks>::type>;
};

// What one policy demands of the model; many demand nothing.
template <class P, class Model>
concept Demands = requires {
  P::template judge<Model>::type::accepted;
};
template <class P>
concept NamesJudge = requires {
  typename P::judge;
}
|| requires { &P::judge; };
template <class P, class Model>
concept DemandsWrongly = !Demands<P, Model> && (NamesJudge<P> || requires { typename P::template judge<Model>; });
template <class P, class Model>
struct JudgeDemands {
  using type = Accepted;
};
template <class P, class Model>
requires Demands<P, Model>
struct JudgeDemands<P, Model> : P::template judge<Model> {
};
template <class P, class Model>
requires DemandsWrongly<P, Model>
struct JudgeDemands<P, Model> {
  using type = LacksItsMember<P, Member::judge>;
};
template <class P, class Model>
struct JudgePolicy : judge_all<JudgeActing<P>, JudgeFunction<P, Model>, JudgeDemands<P, Model>, JudgeOptions<P>> {};
template <TakesSlot<slots::Schedule> P, class Model>
struct JudgePolicy<P, Model> : judge_all<JudgeFunction<P, Model>, JudgeDemands<P, Model>, JudgeAbilities<P>> {};
template <TakesSlot<slots::Group> P, class Model>
struct JudgePolicy<P, Model> : JudgeGroupItems<P, Model, typename P::items> {};
template <class P, class Model>
requires rewrites<P>
struct JudgePolicy<P, Model> : judge_all<JudgeRule<Model, P>, JudgeActing<P>, JudgeFunction<P, Model>,
                                         JudgeDemands<P, Model>, JudgeOptions<P>, JudgeNetwork<Model>> {
};

template <class Model, class... Ps>
struct JudgePairs
    : judge_all<JudgeEdits<Model, Ps...>, JudgeSlots<List<Ps...>, same_slot<Ps...>()>, JudgeEditPairs<Model, Ps...>> {};
template <class Model, class... Ps>
requires NoneEdits<Ps...>
struct JudgePairs<Model, Ps...> : JudgeSlots<List<Ps...>, same_slot<Ps...>()> {
};

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

// What policies demand of the recipe as a whole, its length or its loss: `template <class Parts> using judge_recipe`,
// of one that acts because of its slot that of the slot.
template <class P, class Parts>
inline constexpr bool recipe_fits = true;
template <class P, class Parts>
requires(ActsBySlot<P>&& requires {
  typename P::slot::template judge_recipe<P, Parts>::type;
}) inline constexpr bool recipe_fits<P, Parts> = P::slot::template judge_recipe<P, Parts>::type::accepted;
template <class P, class Parts>
requires requires { typename P::template judge_recipe<Parts>::type; }
inline constexpr bool recipe_fits<P, Parts> = P::template judge_recipe<Parts>::type::accepted;
template <class P, class Parts>
constexpr auto recipe_reason() {
  if constexpr (ActsBySlot<P>)
    return typename P::slot::template judge_recipe<P, Parts>{};
  else
    return typename P::template judge_recipe<Parts>{};
}
template <class P, class Parts>
struct JudgeOfRecipe {
  using type = Accepted;
};
template <class P, class Parts>
requires(acts_in_phase<P> && !recipe_fits<P, Parts>) struct JudgeOfRecipe<P, Parts>
    : decltype(recipe_reason<P, Parts>()) {
};

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

template <class Parts, class... Ps>
constexpr auto judge_with_recipe() {
  constexpr bool fine[] = {recipe_fits<Ps, Parts>..., false};
  constexpr std::size_t first = [&] {
    std::size_t i = 0;
    while (fine[i]) ++i;
    return i;
  }();
  if constexpr (first == sizeof...(Ps))
    return Type<Accepted>{};
  else
    return recipe_reason<typename TypeAt<first, List<Ps...>>::type, Parts>();
}
template <class Parts, class... Ps>
struct JudgeWithRecipe : decltype(judge_with_recipe<Parts, Ps...>()) {};

// Judges of the policies need the adapted model, which exists only if the model is one: hence two layers.
template <class Model, class... Ps>
struct JudgePolicies {
  using parts = Parts<Model, Ps...>;
  using indices = std::make_index_sequence<parts::phase_count>;
  static constexpr int said = pick_t<slots::Epochs, NoEpochs, Ps...>::count;
  using type =
      typename judge_all<JudgePolicy<Ps, typename parts::model>..., JudgePairs<typename parts::model, Ps...>,
                         JudgeActingPairs<filter_t<Acts, Ps...>>, JudgePhaseList<typename parts::phased>,
                         JudgePhases<parts, indices>, JudgeLength<parts, said>, JudgeTraining<parts>,
                         JudgeWork<parts, List<>, 0, parts::phase_count, Ps...>, JudgePhasePlans<parts, indices>,
                         JudgeRecompute<parts, Ps...>, JudgeLossAndHead<parts>, JudgeReduction<parts>,
                         JudgeTestViews<parts>, JudgeTimes<parts, (said > 0 || parts::phase_count > 1)>,
                         JudgeWithRecipe<parts, Ps...>>::type;
};

// A recipe with a name of its own, `struct Hotdog : Finetune<...> {}`, has the verdict of its base.
template <class Model, class... Ps>
Finetune<Model, Ps...> base_of(const Finetune<Model, Ps...>*);

template <class R>
struct JudgeRecipe : JudgeRecipe<decltype(base_of(static_cast<const R*>(nullptr)))> {};
template <class Model, class... Ps>
struct JudgeRecipe<Finetune<Model, Ps...>>
    : judge_all<JudgeModel<Model>, JudgeWordList<Model, Ps...>, JudgeNetwork<Model>, JudgePolicies<Model, Ps...>> {};

// A refused recipe is reported once and then behaves like the bare model, so that one mistake makes one error.
template <class Verdict>
struct Report {
  using once = std::bool_constant<Verdict::template report<>()>;
  template <class Model, class... Ps>
  struct recipe : Parts<Model> {
    using parts = Parts<Model>;
  };
};
template <>
struct Report<Accepted> {
  template <class Model, class... Ps>
  struct recipe : Parts<Model, Ps...> {
    using parts = Parts<Model, Ps...>;
  };
};

}  // namespace detail

/// What is wrong with a recipe: `Accepted`, or a reason such as `NoSuchLayer<ResNet18, "layr4", DidYouMean<"layer4">>`.
/// Asking does not stop the compilation.
template <class R>
using verdict = typename detail::JudgeRecipe<R>::type;

/// What is wrong with a network, before there is a recipe for it: `Accepted`, or a reason such as `LayerLacks<Swish<4>,
/// OutputShape>`.
template <class Model>
using network_verdict =
    typename judge_all<detail::JudgeModel<Model>, detail::JudgeNetwork<Model>, detail::JudgeTies<Model>>::type;

/// Stops the compilation with one sentence if something is wrong with a network: `static_assert(check<Mine>());`.
template <class Model>
consteval bool check() {
  return detail::reported<network_verdict<Model>>();
}

}  // namespace tuneit
