#pragma once
// Where does an option go that stands beside its policy: into which policy, and into which of this recipe? And do two
// options say the same thing? Asked only of what is refused.
#include "tuneit/recipe/assemble/parts.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

// --- options by themselves, and the policy into which they go
template <class O>
inline constexpr bool is_loss_option = LossOption<O> || is_reduction<O>;
template <class T>
constexpr auto home_of_option() {
  if constexpr (requires { typename T::home; })
    return Type<typename T::home>{};
  else if constexpr (IsOptimizerOption<T>)
    return Type<Sgd<T>>{};
  else if constexpr (is_head_option<T>)
    return Type<ReplaceHead<2, T>>{};
  else if constexpr (is_reduction<T>)
    return Type<CrossEntropy<T>>{};
  else if constexpr (is_precision<T>)
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
template <>
struct Home<Fail> : Type<OnBadSample<Fail>> {};
template <int Max>
struct Home<Skip<Max>> : Type<OnBadSample<Skip<Max>>> {};
template <int New, int Old>
struct Home<Row<New, Old>> : Type<ReuseRows<Row<New, Old>>> {};
template <int N>
struct Home<Steps<N>> : Type<Warmup<Steps<N>>> {};
template <class L, class S>
struct Home<During<L, S>> : Type<Then<During<L, S>, Constant>> {};
template <class... Xs>
struct Home<Phase<Xs...>> : Type<Phases<Phase<Xs...>>> {};

// --- do two options say the same?
template <class A, class B>
inline constexpr bool same_template = std::is_same_v<A, B>;
template <template <auto...> class T, auto... As, auto... Bs>
inline constexpr bool same_template<T<As...>, T<Bs...>> = true;

template <class A, class B>
constexpr bool same_option() {
  if constexpr (IsOptimizerOption<A> && IsOptimizerOption<B>) {
    const std::string_view name = hyperparameters_of<A>[0].name;
    return name == hyperparameters_of<B>[0].name;
  } else if constexpr (IsInitialiser<A>::value || is_reduction<A>) {
    return IsInitialiser<A>::value == IsInitialiser<B>::value && is_reduction<A> == is_reduction<B>;
  } else if constexpr (is_loss_option<A> || distill_option<A> >= 0) {
    return same_template<A, B>;
  }
  return false;
}

// --- an option beside the policies of a recipe
// The policy with this option inside, in the place of one that says the same; else Home, which has it alone. An
// optimizer, loss or head with a name of its own (struct Slow : AdamW<...> {}) stays what it is: the option goes into
// it.
template <class There, class Option, class Home>
struct WithOption {
  using type =
      std::conditional_t<IsOptimizerOption<Option> || is_loss_option<Option> || is_head_option<Option>, There, Home>;
};
template <class Option>
struct DiffersFrom {
  template <class Other>
  struct test {
    static constexpr bool value = !same_option<Other, Option>();
  };
};
template <template <class...> class P, class... Options, class Option, class Home>
requires requires { typename P<Option, Option, Option>; }  // not Precision<FP32>, which takes one
struct WithOption<P<Options...>, Option, Home> {
  template <class... Kept>
  static P<Kept..., Option> with(List<Kept...>);
  using type = decltype(with(filter_t<DiffersFrom<Option>::template test, Options...>{}));
};
template <int K, class... Options, class Option, class Home>
struct WithOption<ReplaceHead<K, Options...>, Option, Home> {
  template <class... Kept>
  static ReplaceHead<K, Kept..., Option> with(List<Kept...>);
  using type = decltype(with(filter_t<DiffersFrom<Option>::template test, Options...>{}));
};

/// Does the policy of the recipe that is in the option's place take it at all?
template <class There, class Option>
constexpr bool takes_option() {
  if constexpr (IsOptimizerOption<Option> && requires { There::option_numbers; })
    return takes_optimizer_option<There, Option>() && !requires { typename There::choices; };
  else if constexpr (is_loss_option<Option> && TakesSlot<There, slots::Loss>) {
    if constexpr (requires { There::template takes<Option>; }) return There::template takes<Option>;
    return false;
  }
  return true;
}
template <class Option, class Home, class... Beside>
constexpr auto judge_option() {
  using there = pick_t<typename Home::slot, void, Beside...>;
  if constexpr (std::is_void_v<there>)
    return Type<OutsideOfItsPolicy<Option, GoesInto<Home>>>{};
  else if constexpr (!takes_option<there, Option>())
    return Type<NotAnOption<there, Option>>{};
  else
    return Type<
        OutsideOfItsPolicy<Option, GoesInto<typename WithOption<there, Option, Home>::type, InPlaceOf<there>>>>{};
}

}  // namespace tuneit::detail
