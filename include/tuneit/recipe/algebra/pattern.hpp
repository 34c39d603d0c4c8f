#pragma once
// Which policies of a recipe are meant: a policy exactly as the recipe has it, any of a template, any like an example,
// or whatever fills a slot.
#include "tuneit/meta/spelling.hpp"
#include "tuneit/recipe/finetune.hpp"

namespace tuneit {

/// Pattern: a policy of this template, whatever its options: `AnyOf<AdamW>`, `AnyOf<Freeze>`. Of templates of types.
template <template <class...> class T>
struct AnyOf {};
/// Pattern: a policy of the same template as this one, whatever its arguments: `Like<LrScale<Head, 1>>`. For templates
/// that have others than types.
template <class Example>
struct Like {};

namespace detail {

/// Is it the same template, with any arguments? By what the compiler writes before them.
template <class A, class B>
inline constexpr bool alike = template_part<A>() == template_part<B>();

template <class P, class Pattern>
inline constexpr bool means = std::is_same_v<P, Pattern> || TakesSlot<P, Pattern>;
template <template <class...> class T, class... As>
inline constexpr bool means<T<As...>, AnyOf<T>> = true;
template <class P, class Example>
inline constexpr bool means<P, Like<Example>> = alike<P, Example>;

/// Which of several types a pattern means: how many, and the places of the last two.
struct Found {
  std::size_t count = 0, last = 0, before = 0;
};
template <class Pattern, class... Ps>
constexpr Found find_pattern(List<Ps...>) {
  constexpr bool fits[] = {means<Ps, Pattern>..., false};
  Found found;
  for (std::size_t i = 0; i < sizeof...(Ps); ++i)
    if (fits[i]) found = {found.count + 1, i, found.last};
  return found;
}

/// What is written within a policy of a template of types: options of an optimizer or a loss, phases.
template <class P>
struct Inside {
  using list = List<>;
};
template <template <class...> class T, class... As>
struct Inside<T<As...>> {
  using list = List<As...>;
  template <class... Bs>
  using with = T<Bs...>;
};

}  // namespace detail
}  // namespace tuneit
