#pragma once
// The judge of a whole recipe. Order: is everything a model or a policy, do the layers of the model fit together, what
// each policy demands, what two of them decide twice, and what the plans as a whole must fulfil. The first reason
// counts; later judges are not instantiated.
#include "tuneit/recipe/judges/acting.hpp"
#include "tuneit/recipe/judges/groups.hpp"
#include "tuneit/recipe/judges/loss.hpp"
#include "tuneit/recipe/judges/network.hpp"
#include "tuneit/recipe/judges/phases.hpp"
#include "tuneit/recipe/judges/plan.hpp"
#include "tuneit/recipe/judges/policy.hpp"
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

// What stands in for a thing that is no network, as one is that has a mistake in its description.
struct NoNetwork final : Network<Input<3, 32>, Block<"head", Flatten, Named<"fc", Linear<3072, 2>>>> {};

// A refused recipe is reported once and then behaves like the bare model, so that one mistake makes one error.
template <class Verdict>
struct Report {
  using once = std::bool_constant<Verdict::template report<>()>;
  template <class Model, class... Ps>
  struct recipe : Parts<std::conditional_t<NetworkLike<Model>, Model, NoNetwork>> {
    using parts = Parts<std::conditional_t<NetworkLike<Model>, Model, NoNetwork>>;
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

/// Stops the compilation with one sentence if something is wrong with a network: `static_assert(check<Mine>());`. Of a
/// recipe, too, which says so wherever it is used.
template <class Model>
consteval bool check() {
  if constexpr (requires { typename Model::parts; })
    return true;
  else
    return detail::reported<network_verdict<Model>>();
}

}  // namespace tuneit
