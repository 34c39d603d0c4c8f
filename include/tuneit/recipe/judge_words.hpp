#pragma once
// What stands where it does not belong: options beside their policies, second models, things without their function,
// one option given twice.
#include "tuneit/recipe/option_home.hpp"
#include "tuneit/recipe/slot_members.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

struct ChosenSchedule;

namespace detail {

// --- is it a policy? `Model` is the recipe's, void where nobody would expect one; `Beside`: the recipe's policies.
template <class Model, class T, class... Beside>
constexpr auto judge_word() {
  using home = typename Home<T>::type;
  if constexpr (Policy<T>)
    return JudgeSlotMembers<T, Model>{};
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
inline constexpr bool is_word<T, Model> = lacks_in_slot<T, Model> == nullptr;
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
concept EditsPlan = requires(Plan<table<Model>.size>& plan, const double* n) {
  P::template apply<Model>(plan, n);
}
|| requires(Plan<table<Model>.size>& plan) { P::template apply<Model>(plan); };
template <class P, class Slot>
concept TakesSlot = requires {
  typename P::slot;
  requires std::is_same_v<typename P::slot, Slot>;
};
// A schedule that reads Settings is asked by nobody else, see ChosenSchedule.
template <class P, class Model>
constexpr bool has_function() {
  if constexpr (P::stage != Stage::None)
    return EditsPlan<P, Model>;
  else if constexpr (TakesSlot<P, slots::Schedule>)
    return Schedule<P> || std::is_same_v<P, ChosenSchedule>;
  return true;
}
template <class P, class Model>
struct JudgeFunction : Demand<has_function<P, Model>(), LacksItsFunction<P>> {};

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
