#pragma once
// Reasons for a refusal: things in the wrong place.
#include "tuneit/meta/list.hpp"
#include "tuneit/meta/spelling.hpp"
#include "tuneit/meta/text.hpp"
#include "tuneit/verdict/in_slot.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A policy into which a misplaced thing goes; InPlaceOf: the one that the recipe has now.
template <class Policy, class... Now>
struct GoesInto {};
template <class Policy>
struct InPlaceOf {};

namespace detail {

// What kind of thing is misplaced? The recipe may have the policy that it goes into, or lack an optimizer.
template <class Hint>
inline constexpr bool home_is_there = false;
template <class P, class Now>
inline constexpr bool home_is_there<GoesInto<P, InPlaceOf<Now>>> = true;
template <class Hint>
inline constexpr bool lacks_optimizer = false;
template <class P>
inline constexpr bool lacks_optimizer<GoesInto<P>> = requires {
  P::option_numbers;
};
template <class T>
concept LengthOfTime = requires {
  T::count;
  T::unit;
};

}  // namespace detail

/// Two policies (or options of one) of which there can be only one: two heads, two optimizers, two rates, two losses,
/// ...
template <class First, class Second>
struct Contradiction : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    if constexpr (detail::IsInSlot<First, slots::Loss> && detail::IsInSlot<Second, slots::Loss>)
      static_assert(mended<Contradiction, Ok>,
                    "tuneit: a recipe has one loss, and these are two; keep one of them, or add them up, of one output "
                    "or of several: Losses<Weighted<CrossEntropy<On<\"class\">>, 1>, Weighted<SmoothL1<On<\"depth\">>, "
                    "0.5>>");
    else if constexpr (detail::IsInSlot<First, slots::Unused> && detail::IsInSlot<Second, slots::Loss>)
      static_assert(mended<Contradiction, Ok>,
                    "tuneit: an output that is said to be Unused has no loss, and one output at least has one; leave "
                    "out of Unused<...> what the loss (the second argument) is of");
    else
      static_assert(mended<Contradiction, Ok>, "tuneit: these two decide the same thing; keep one of them");
    return Ok;
  }
};

/// An option that stands beside the policies, not inside of the one that it is for.
template <class Thing, class Hint>
struct OutsideOfItsPolicy : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    if constexpr (detail::LengthOfTime<Thing>)
      static_assert(mended<OutsideOfItsPolicy, Ok>,
                    "tuneit: this is no policy by itself but a length of time, part of a policy (see GoesInto); how "
                    "long the training is, is said in Epochs<N>");
    else if constexpr (detail::home_is_there<Hint>)
      static_assert(mended<OutsideOfItsPolicy, Ok>,
                    "tuneit: this is no policy by itself but part of one that the recipe has (see InPlaceOf); write it "
                    "inside, as GoesInto shows");
    else if constexpr (detail::lacks_optimizer<Hint>)
      static_assert(mended<OutsideOfItsPolicy, Ok>,
                    "tuneit: this is no policy by itself but an option of an optimizer, and the recipe has none; it "
                    "needs one with this inside, such as GoesInto shows");
    else
      static_assert(mended<OutsideOfItsPolicy, Ok>,
                    "tuneit: this is no policy by itself but part of one; see GoesInto for where it goes");
    return Ok;
  }
};

/// A policy that the recipe has, nearest to one that it has not.
template <class Policy>
struct RecipeHas {};

namespace detail {

// The same template with other arguments, else what fills the same slot, else a name that differs in two letters.
template <class P, class Q>
constexpr int strangeness() {
  constexpr auto a = spelled<P>(), b = spelled<Q>();
  if (a == b) return 0;
  if constexpr (requires { requires std::is_same_v<typename P::slot, typename Q::slot>; }) return 1;
  return 1 + static_cast<int>(text::distance(a.data(), a.size(), b.data(), b.size()));
}
template <class P, class... Qs>
constexpr std::size_t least_strange() {
  constexpr int far[] = {strangeness<P, Qs>()..., 0};
  std::size_t at = sizeof...(Qs);
  for (std::size_t i = 0; i < sizeof...(Qs); ++i)
    if (far[i] <= 3 && (at == sizeof...(Qs) || far[i] < far[at])) at = i;
  return at;
}
template <class Recipe, class Policy>
struct NearestIn {
  using type = void;
};
template <template <class, class...> class T, class First, class... Qs, class Policy>
requires(least_strange<Policy, Qs...>() < sizeof...(Qs)) struct NearestIn<T<First, Qs...>, Policy> {
  using type = RecipeHas<typename TypeAt<least_strange<Policy, Qs...>(), List<Qs...>>::type>;
};

}  // namespace detail

/// A policy is read, set, removed or replaced that the recipe, or its phase, does not have.
template <class Recipe, class Policy>
struct NotInRecipe : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    using Hint = typename detail::NearestIn<Recipe, Policy>::type;
    if constexpr (std::is_void_v<Hint>)
      static_assert(mended<NotInRecipe, Ok>,
                    "tuneit: this is not in the recipe (or not in this phase of it), so it can be neither read, set, "
                    "removed nor replaced; name the policy exactly as the recipe does, with the same arguments");
    else
      static_assert(mended<NotInRecipe, Ok, Hint>,
                    "tuneit: this is not in the recipe (or not in this phase of it), so it can be neither read, set, "
                    "removed nor replaced; see RecipeHas for what is nearest, and name it exactly");
    return Ok;
  }
};

/// A number is asked for of a policy that stands in phases alone, without saying in which.
template <class Recipe, class Policy>
struct SaidInPhases : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<SaidInPhases, Ok>,
                  "tuneit: this stands in phases of the recipe, and each has a number of its own; say of which, "
                  "counted from 0: value_of<Recipe, Policy, In<1>>(settings)");
    return Ok;
  }
};

/// A second network in a recipe.
template <class First, class Second>
struct SecondModel : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<SecondModel, Ok>, "tuneit: a recipe has one model, its first argument; this is another");
    return Ok;
  }
};

}  // namespace tuneit
