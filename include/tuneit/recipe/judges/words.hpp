#pragma once
// What stands where it does not belong: options beside their policies, second models, things without their function,
// one option given twice.
#include "tuneit/recipe/judges/option_home.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

struct ChosenSchedule;

namespace detail {

// Members that every policy may have are of the right kind: they are asked of all policies, before anything is judged.
template <class P>
concept SaysStage = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(P::stage)>, Stage>;
  typename std::bool_constant<(P::stage <= Stage::None)>;
};
template <class P>
concept HasNumbers = requires {
  P::numbers;
};
template <class P>
concept HasKnobs = requires {
  P::knobs;
};
template <class P>
concept NumbersFit = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(*P::numbers.data())>, Hyperparameter>;
  typename std::bool_constant<(P::numbers.size() > 0)>;
};
template <class P>
concept KnobsFit = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(*P::knobs.data())>, Hyperparameter>;
  typename std::bool_constant<(P::knobs.size() > 0)>;
};
// Under one name, or not there.
template <class P>
concept NumbersAreHyperparameters = (!HasNumbers<P> && !HasKnobs<P>) || (NumbersFit<P> && !HasKnobs<P>) ||
                                    (KnobsFit<P> && !HasNumbers<P>);

/// Stands in a recipe that was made of another one in a way that cannot be.
template <class Reason>
struct CannotBe {};
template <class T>
struct RefusalOf {
  using type = void;
};
template <class Reason>
struct RefusalOf<CannotBe<Reason>> {
  using type = Reason;
};

// --- is it a policy? `Model` is the recipe's, void where nobody would expect one; `Beside`: the recipe's policies.
template <class Model, class T, class... Beside>
constexpr auto judge_word() {
  using home = typename Home<T>::type;
  if constexpr (Policy<T> && !SaysStage<T>)
    return Type<LacksItsMember<T, Member::stage>>{};
  else if constexpr (Policy<T> && !NumbersAreHyperparameters<T>)
    return Type<LacksItsMember<T, Member::numbers>>{};
  else if constexpr (Policy<T> && slot_asks<T, Model>.lacks() != nullptr)
    return Type<LacksInItsSlot<T, lacks_name<T, Model>>>{};
  else if constexpr (Policy<T>)
    return Type<LacksItsFunction<T>>{};
  else if constexpr (!std::is_void_v<typename RefusalOf<T>::type>)
    return RefusalOf<T>{};
  else if constexpr (!std::is_void_v<home>)
    return judge_option<T, home, Beside...>();
  else if constexpr (NetworkLike<T>)
    return Type<SecondModel<Model, T>>{};
  else
    return Type<NotAPolicy<T>>{};
}
// A policy, and in one of our slots with all that is asked of it there.
template <class T, class Model>
inline constexpr bool is_word = false;
template <Policy T, class Model>
inline constexpr bool is_word<T, Model> = SaysStage<T>&& NumbersAreHyperparameters<T>&& slot_asks<T, Model>.lacks() ==
                                          nullptr&& slot_asks<T, Model>.fit();
// All of a recipe at once: a type for each of them would only say Accepted.
template <class Model, class... Ps>
constexpr auto judge_word_list() {
  constexpr bool fine[] = {is_word<Ps, Model>..., false};
  constexpr std::size_t first = [&] {
    std::size_t i = 0;
    while (fine[i]) ++i;
    return i;
  }();
  if constexpr (first == sizeof...(Ps))
    return Type<Accepted>{};
  else
    return judge_word<Model, typename TypeAt<first, List<Ps...>>::type, Ps...>();
}
template <class Model, class... Ps>
struct JudgeWordList : decltype(judge_word_list<Model, Ps...>()) {};
// One item of a phase.
template <class T, bool = is_word<T, void>>
struct JudgePolicyness {
  using type = Accepted;
};
template <class T>
struct JudgePolicyness<T, false> : decltype(judge_word<void, T>()) {};

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
  else if constexpr (P::stage == Stage::None && !FillsSlot<P> && !Acts<P>::value && !rewrites<P> &&
                     !requires { typename P::template judge<Model>; })  // a demand alone is something
    return Type<DoesNothing<P>>{};
  else if constexpr (TakesSlot<P, slots::Schedule> && !Schedule<P> && !std::is_same_v<P, ChosenSchedule>)
    return Type<LacksItsFunction<P>>{};
  else
    return Type<Accepted>{};
}
template <class P, class Model>
struct JudgeFunction : decltype(judge_function<P, Model>()) {};

// --- one option given twice
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
