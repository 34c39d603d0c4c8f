#pragma once
// What stands where it does not belong: options beside their policies, second models, things without their function,
// one option given twice.
#include "tuneit/recipe/judge_slots.hpp"
#include "tuneit/recipe/parts.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

struct ChosenSchedule;

namespace detail {

// --- options by themselves, and the policy into which they go
template <class O>
constexpr bool is_loss_option() {
  for (const LossKind k :
       {LossKind::CrossEntropy, LossKind::BinaryCrossEntropy, LossKind::MeanSquaredError, LossKind::Focal})
    if (LossOption<O>::takes(k)) return true;
  return false;
}
template <class T>
constexpr auto home_of_option() {
  if constexpr (OptimizerOption<T>)
    return Type<Sgd<T>>{};
  else if constexpr (is_head_option<T>)
    return Type<ReplaceHead<2, T>>{};
  else if constexpr (LossOption<T>::takes(LossKind::CrossEntropy))
    return Type<CrossEntropy<T>>{};
  else if constexpr (LossOption<T>::takes(LossKind::BinaryCrossEntropy))
    return Type<BinaryCrossEntropy<T>>{};
  else if constexpr (is_loss_option<T>())
    return Type<Focal<T>>{};
  else if constexpr (is_number_type<T>)
    return Type<Precision<T>>{};
  else if constexpr (is_step<T>)
    return Type<Augment<T>>{};
  else if constexpr (test_view_kind<T> != TestViewKind::One)
    return Type<TestViews<T>>{};
  else
    return Type<void>{};
}
template <class T>
struct Home : decltype(home_of_option<T>()) {};
template <auto B1, auto B2>
struct Home<Betas<B1, B2>> : Type<AdamW<Betas<B1, B2>>> {};
template <auto X>
struct Home<Eps<X>> : Type<AdamW<Eps<X>>> {};
template <>
struct Home<AmsGrad> : Type<AdamW<AmsGrad>> {};
template <auto X>
struct Home<Smoothing<X>> : Type<RmsProp<Smoothing<X>>> {};
template <>
struct Home<Centered> : Type<RmsProp<Centered>> {};
template <auto X>
struct Home<LrDecay<X>> : Type<Adagrad<LrDecay<X>>> {};
template <auto X>
struct Home<InitialAccumulator<X>> : Type<Adagrad<InitialAccumulator<X>>> {};
template <int N>
struct Home<Patience<N>> : Type<EarlyStop<Patience<N>>> {};
template <>
struct Home<Fail> : Type<OnBadSample<Fail>> {};
template <int Max>
struct Home<Skip<Max>> : Type<OnBadSample<Skip<Max>>> {};
template <int New, int Old>
struct Home<Row<New, Old>> : Type<ReuseRows<Row<New, Old>>> {};
template <int N>
struct Home<Steps<N>> : Type<Warmup<Steps<N>>> {};
template <class... Xs>
struct Home<Phase<Xs...>> : Type<Phases<Phase<Xs...>>> {};

// --- is it a policy? `Model` is the recipe's, void where nobody would expect one.
// Members that every policy may have are of the right kind: they are asked of all policies, before anything is judged.
template <class P>
concept SaysStage = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(P::stage)>, Stage>;
  typename std::bool_constant<(P::stage <= Stage::None)>;
};
template <class P>
concept SaysKnobs = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(*P::knobs.data())>, Knob>;
  typename std::bool_constant<(P::knobs.size() > 0)>;
}
|| !requires { P::knobs; };
template <class T>
concept WellSaid = Policy<T> && SaysStage<T> && SaysKnobs<T> && FitsSlot<T>;

template <class Model, class T>
constexpr auto judge_word() {
  using home = typename Home<T>::type;
  if constexpr (Policy<T> && !SaysStage<T>)
    return Type<LacksItsMember<T, Member::stage>>{};
  else if constexpr (Policy<T> && !SaysKnobs<T>)
    return Type<LacksItsMember<T, Member::knobs>>{};
  else if constexpr (Policy<T>)
    return Type<LacksItsFunction<T>>{};
  else if constexpr (!std::is_void_v<home>)
    return Type<OutsideOfItsPolicy<T, GoesInto<home>>>{};
  else if constexpr (NetworkLike<T>)
    return Type<SecondModel<Model, T>>{};
  else
    return Type<NotAPolicy<T>>{};
}
template <class Model, class T, bool = WellSaid<T>>
struct JudgePolicyness {
  using type = Accepted;
};
template <class Model, class T>
struct JudgePolicyness<Model, T, false> : decltype(judge_word<Model, T>()) {};

// --- has it the function that makes it one?
template <class P, class Model>
concept TakesConstPlan = requires(void (*&f)(const Plan<table<Model>.size>&),
                                  void (*&g)(const Plan<table<Model>.size>&, const double*)) {
  requires requires { f = &P::template apply<Model, Plan<table<Model>.size>>; } || requires {
    g = &P::template apply<Model, Plan<table<Model>.size>>;
  };
};
template <class P, class Model>
concept EditsPlan = (
                        requires(Plan<table<Model>.size> & plan, const double* n) {
                          P::template apply<Model>(plan, n);
                        } ||
                        requires(Plan<table<Model>.size> & plan) { P::template apply<Model>(plan); }) &&
                    !TakesConstPlan<P, Model>;
// A schedule that reads Settings is asked by nobody else, see ChosenSchedule.
template <class P, class Model>
constexpr auto judge_function() {
  if constexpr (P::stage != Stage::None && !EditsPlan<P, Model>)
    return Type<LacksItsFunction<P>>{};
  else if constexpr (P::stage == Stage::None && EditsPlan<P, Model>)
    return Type<LacksItsMember<P, Member::stage>>{};
  else if constexpr (P::stage == Stage::None && !FillsSlot<P>)
    return Type<DoesNothing<P>>{};
  else if constexpr (TakesSlot<P, slots::Schedule> && !Schedule<P> && !std::is_same_v<P, ChosenSchedule>)
    return Type<LacksItsFunction<P>>{};
  else
    return Type<Accepted>{};
}
template <class P, class Model>
struct JudgeFunction : decltype(judge_function<P, Model>()) {};

// --- one option given twice
template <class A, class B>
inline constexpr bool same_template = std::is_same_v<A, B>;
template <template <auto...> class T, auto... As, auto... Bs>
inline constexpr bool same_template<T<As...>, T<Bs...>> = true;

template <class T>
inline constexpr bool is_reduction = std::is_same_v<T, Mean> || std::is_same_v<T, Sum>;

template <class A, class B>
constexpr bool same_option() {
  if constexpr (OptimizerOption<A> && OptimizerOption<B>) {
    if constexpr (knob_count < A >> 0 && knob_count < B >> 0) {
      const std::string_view name = knobs_of<A>[0].name;
      return name == knobs_of<B>[0].name;
    }
    return std::is_same_v<A, B>;
  } else if constexpr (IsInitialiser<A>::value || is_reduction<A>) {
    return IsInitialiser<A>::value == IsInitialiser<B>::value && is_reduction<A> == is_reduction<B>;
  } else if constexpr (is_loss_option<A>()) {
    return same_template<A, B>;
  }
  return false;
}
template <class... Options>
struct JudgeOptionPairs {
  using type = Accepted;
};
template <class A, class B, class... Rest>
struct JudgeOptionPairs<A, B, Rest...>
    : judge_all<Demand<!same_option<A, B>(), Contradiction<A, B>>,
                Demand<!same_option<A, Rest>(), Contradiction<A, Rest>>..., JudgeOptionPairs<B, Rest...>> {};

// An option that says of which reduction it is must say one.
template <class O>
constexpr auto judge_reduction_word() {
  if constexpr (requires { typename O::reduction; })
    return Demand<is_reduction<typename O::reduction>, NotAnOption<O, typename O::reduction>>{};
  else
    return Type<Accepted>{};
}
template <class... Options>
struct JudgeOptionList : judge_all<decltype(judge_reduction_word<Options>())..., JudgeOptionPairs<Options...>> {};

template <class P>
struct JudgeOptions {
  using type = Accepted;
};
template <template <class...> class P, class... Options>
struct JudgeOptions<P<Options...>> : JudgeOptionList<Options...> {};
template <int K, class... Options>
struct JudgeOptions<ReplaceHead<K, Options...>> : JudgeOptionList<Options...> {};

}  // namespace detail
}  // namespace tuneit
