#pragma once
// Recipes made of recipes: Append, Remove, Replace, Rebind. A recipe with a name of its own, `struct Hotdog :
// Finetune<...> {}`, is taken as its base; the phase of an InPhase stays. What cannot be done is a recipe that is
// refused, with its reason: `verdict<Remove<R, P>>` is NotInRecipe<R, P>.
#include "tuneit/recipe/algebra/pattern.hpp"

namespace tuneit {
namespace detail {

template <class R>
struct PlainOf {
  using type = decltype(base_of(static_cast<const R*>(nullptr)));
};
template <class M, class... Ps>
struct PlainOf<Finetune<M, Ps...>> {  // which may be refused, and is not asked
  using type = Finetune<M, Ps...>;
};
template <class R, std::size_t I>
struct PlainOf<InPhase<R, I>> {
  using type = InPhase<typename PlainOf<R>::type, I>;
};
/// Finetune<...>, or InPhase<Finetune<...>, I>.
template <class R>
using plain_t = typename PlainOf<R>::type;

template <class R, class... Ps>
struct AppendPolicies;
template <class M, class... Ps, class... Qs>
struct AppendPolicies<Finetune<M, Ps...>, Qs...> {
  using type = Finetune<M, Ps..., Qs...>;
};
template <class R, std::size_t I, class... Qs>
struct AppendPolicies<InPhase<R, I>, Qs...> {
  using type = InPhase<typename AppendPolicies<R, Qs...>::type, I>;
};

// The At-th of As becomes New..., into Whole<...>.
template <std::size_t At, class Done, class Todo, class... New>
struct Exchange;
template <std::size_t At, class... Done, class A, class... As, class... New>
struct Exchange<At, List<Done...>, List<A, As...>, New...> : Exchange<At - 1, List<Done..., A>, List<As...>, New...> {};
template <class... Done, class A, class... As, class... New>
struct Exchange<0, List<Done...>, List<A, As...>, New...> {
  using type = List<Done..., New..., As...>;
};

template <class Model, class L>
struct RecipeFrom;
template <class Model, class... Ps>
struct RecipeFrom<Model, List<Ps...>> {
  using type = Finetune<Model, Ps...>;
};
template <class Policy, class L>
struct Within;
template <class Policy, class... As>
struct Within<Policy, List<As...>> {
  using type = typename Inside<Policy>::template with<As...>;
};

template <class R, class Pattern, class... New>
struct ChangeOf;
template <class R, std::size_t I, class Pattern, class... New>
struct ChangeOf<InPhase<R, I>, Pattern, New...> {
  using type = InPhase<typename ChangeOf<R, Pattern, New...>::type, I>;
};
template <class M, class... Ps, class Pattern, class... New>
struct ChangeOf<Finetune<M, Ps...>, Pattern, New...> {
  using R = Finetune<M, Ps...>;
  template <class Reason>
  using refused = Type<Finetune<M, Ps..., CannotBe<Reason>>>;
  static constexpr auto make() {
    constexpr Found found = detail::find_pattern<Pattern>(List<Ps...>{});
    if constexpr (found.count == 1 || (found.count > 1 && Policy<Pattern>)) {
      // Of equal ones the last, so that what was appended is what is removed.
      return RecipeFrom<M, typename Exchange<found.last, List<>, List<Ps...>, New...>::type>{};
    } else if constexpr (found.count > 1) {
      return refused<AmbiguousPattern<R, Pattern, typename TypeAt<found.before, List<Ps...>>::type,
                                      typename TypeAt<found.last, List<Ps...>>::type>>{};
    } else {
      return make_within();
    }
  }
  // What is no policy of the recipe may be written within one.
  static constexpr auto make_within() {
    constexpr Found inside[] = {detail::find_pattern<Pattern>(typename Inside<Ps>::list{})..., Found{}};
    constexpr Found found = [&] {
      Found f;
      for (std::size_t i = 0; i < sizeof...(Ps); ++i)
        if (inside[i].count > 0) f = {f.count + inside[i].count, i, f.last};
      return f;
    }();
    if constexpr (found.count == 0) {
      return refused<NotInRecipe<R, Pattern>>{};
    } else {
      using P = typename TypeAt<found.last, List<Ps...>>::type;
      if constexpr (found.count > 1) {
        using Other =
            std::conditional_t<(inside[found.last].count > 1), P, typename TypeAt<found.before, List<Ps...>>::type>;
        return refused<AmbiguousPattern<R, Pattern, Other, P>>{};
      } else {
        using Args = typename Exchange<inside[found.last].last, List<>, typename Inside<P>::list, New...>::type;
        using Q = typename Within<P, Args>::type;
        return RecipeFrom<M, typename Exchange<found.last, List<>, List<Ps...>, Q>::type>{};
      }
    }
  }
  using type = typename decltype(make())::type;
};

template <class R, class... Patterns>
struct RemoveAll {
  using type = R;
};
template <class R, class First, class... Rest>
struct RemoveAll<R, First, Rest...> : RemoveAll<typename ChangeOf<R, First>::type, Rest...> {};

template <class R, class Model>
struct RebindTo;
template <class M, class... Ps, class Model>
struct RebindTo<Finetune<M, Ps...>, Model> {
  using type = Finetune<Model, Ps...>;
};
template <class R, std::size_t I, class Model>
struct RebindTo<InPhase<R, I>, Model> {
  using type = InPhase<typename RebindTo<R, Model>::type, I>;
};

}  // namespace detail

/// The recipe, and these policies.
template <class R, class... Policies>
using Append = typename detail::AppendPolicies<detail::plain_t<R>, Policies...>::type;

/// The recipe without what these patterns mean, each one of its policies or of what is written within them
/// (`Remove<R, Momentum<0.9>>`). A pattern is a policy as the recipe has it, AnyOf<Freeze>, Like<LrScale<Head, 1>> or a
/// slot (`slots::Optimizer`). Not there: NotInRecipe; several: AmbiguousPattern.
template <class R, class... Patterns>
using Remove = typename detail::RemoveAll<detail::plain_t<R>, Patterns...>::type;

/// The recipe with New where the pattern is: `Replace<R, AnyOf<AdamW>, Sgd<Lr<0.1>>>`, `Replace<R, Lr<1e-3>,
/// Lr<1e-4>>`.
template <class R, class Pattern, class New>
using Replace = typename detail::ChangeOf<detail::plain_t<R>, Pattern, New>::type;

/// The same for another network.
template <class R, class Model>
using Rebind = typename detail::RebindTo<detail::plain_t<R>, Model>::type;

}  // namespace tuneit
