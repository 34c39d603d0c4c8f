#pragma once
// The judge of a whole recipe. Order: is everything a model or a policy, what each policy demands, what two of them
// decide twice, and what the plan as a whole must fulfil. The first reason counts; later judges are not instantiated.
#include "tuneit/recipe/parts.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {
namespace detail {

template <class T, bool = NetworkLike<T>>
struct JudgeModel {
  using type = Accepted;
};
template <class T>
struct JudgeModel<T, false> {
  using type = NotAModel<T>;
};

template <class T, bool = Policy<T>>
struct JudgePolicyness {
  using type = Accepted;
};
template <class T>
struct JudgePolicyness<T, false> {
  using type = NotAPolicy<T>;
};

// What one policy demands of the model; most demand nothing.
template <class P, class Model>
struct JudgePolicy {
  using type = Accepted;
};
template <class P, class Model>
requires requires { typename P::template judge<Model>; }
struct JudgePolicy<P, Model> : P::template judge<Model> {};

template <class A, class B>
concept SameSlot = requires {
  typename A::slot;
  typename B::slot;
  requires std::is_same_v<typename A::slot, typename B::slot>;
};

template <class A, class B, bool = SameSlot<A, B>>
struct JudgePair {
  using type = Accepted;
};
template <class A, class B>
struct JudgePair<A, B, true> {
  using type = Contradiction<A, B>;
};

template <class... Ps>
struct JudgePairs {
  using type = Accepted;
};
template <class P, class... Rest>
struct JudgePairs<P, Rest...> : judge_all<JudgePair<P, Rest>..., JudgePairs<Rest...>> {};

template <class Parts>
constexpr bool something_trains() {
  using Model = typename Parts::model;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (!table<Model>.rows[i].is_buffer() && !plan_of_parts<Parts>.rows[i].frozen) return true;
  return false;
}
template <class Parts, bool Trains>
struct JudgeTrainingIf {
  using type = Accepted;
};
template <class Parts>
struct JudgeTrainingIf<Parts, false> {
  using type = NothingTrains<typename Parts::origin>;
};
template <class Parts>
struct JudgeTraining : JudgeTrainingIf<Parts, something_trains<Parts>()> {};  // the plan is made only when asked

// Does the policy freeze a tensor of a new head that stays frozen in the end?
template <class P, class Parts>
constexpr bool freezes_new_head() {
  if constexpr (requires { P::template selects<typename Parts::model>(); }) {
    const auto& m = P::template selects<typename Parts::model>();
    for (std::size_t i = 0; i < table<typename Parts::model>.size; ++i)
      if (m.at[i] && plan_of_parts<Parts>.rows[i].frozen && plan_of_parts<Parts>.rows[i].origin == Origin::Fresh)
        return true;
  }
  return false;
}
template <class P, class Parts, bool Wrong>
struct JudgeNewHeadIf {
  using type = Accepted;
};
template <class P, class Parts>
struct JudgeNewHeadIf<P, Parts, true> {
  using type = FreezesNewHead<typename Parts::origin, P>;
};
template <class P, class Parts>
struct JudgeNewHead : JudgeNewHeadIf<P, Parts, freezes_new_head<P, Parts>()> {};

// Does the policy scale only tensors that are frozen?
template <class P, class Parts>
constexpr bool scales_only_frozen() {
  if constexpr (requires { P::template scales<typename Parts::model>(); }) {
    const auto& m = P::template scales<typename Parts::model>();
    for (std::size_t i = 0; i < table<typename Parts::model>.size; ++i)
      if (m.at[i] && !table<typename Parts::model>.rows[i].is_buffer() && !plan_of_parts<Parts>.rows[i].frozen)
        return false;
    return true;
  }
  return false;
}
template <class P, class Parts, bool Wrong>
struct JudgeScaleIf {
  using type = Accepted;
};
template <class P, class Parts>
struct JudgeScaleIf<P, Parts, true> {
  using type = ScalesFrozen<typename Parts::origin, P>;
};
template <class P, class Parts>
struct JudgeScale : JudgeScaleIf<P, Parts, scales_only_frozen<P, Parts>()> {};

// Judges of the policies need the adapted model, which exists only if the model is one: hence two layers.
template <class Model, class... Ps>
struct JudgePolicies {
  using parts = Parts<Model, Ps...>;
  using type = typename judge_all<JudgePolicy<Ps, typename parts::model>..., JudgePairs<Ps...>, JudgeTraining<parts>,
                                  JudgeNewHead<Ps, parts>..., JudgeScale<Ps, parts>...>::type;
};

// A recipe with a name of its own, `struct Hotdog : Finetune<...> {}`, has the verdict of its base.
template <class Model, class... Ps>
Finetune<Model, Ps...> base_of(const Finetune<Model, Ps...>*);

template <class R>
struct JudgeRecipe : JudgeRecipe<decltype(base_of(static_cast<const R*>(nullptr)))> {};
template <class Model, class... Ps>
struct JudgeRecipe<Finetune<Model, Ps...>>
    : judge_all<JudgeModel<Model>, JudgePolicyness<Ps>..., JudgePolicies<Model, Ps...>> {};

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

}  // namespace tuneit
