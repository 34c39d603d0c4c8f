#pragma once
// Which policies act in the steps of a recipe, and in which phases?
#include <cstddef>
#include <type_traits>

#include "tuneit/recipe/assemble/phase_parts.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/policies/group_of.hpp"

namespace tuneit {

namespace detail {

/// Does an item of a phase act in its steps?
template <class Item>
inline constexpr bool acts_in_phase = false;
template <Policy Item>
inline constexpr bool acts_in_phase<Item> = moments<Item> != NoMoments;
template <class... Items>
constexpr bool some_act(List<Items...>) {
  return (acts_in_phase<Items> || ...);
}
template <class... Ps>
constexpr bool some_phase_acts(List<Ps...>) {
  return (some_act(typename Ps::items{}) || ...);
}
template <class All, class... Items>
struct AddActing {
  using type = All;
};
template <class... All, class X, class... Rest>
struct AddActing<List<All...>, X, Rest...>
    : AddActing<std::conditional_t<acts_in_phase<X> && !(std::is_same_v<All, X> || ...), List<All..., X>, List<All...>>,
                Rest...> {};
template <class All, class... Phases>
struct ActingOfPhases {
  using type = All;
};
template <class All, class First, class... Rest>
struct ActingOfPhases<All, First, Rest...> {
  template <class... Items>
  static typename AddActing<All, Items...>::type add(List<Items...>);
  using type = typename ActingOfPhases<decltype(add(typename First::items{})), Rest...>::type;
};
template <class P, class Phased>
struct ActingPolicies {
  template <class... Phases>
  static auto add(List<Phases...>) {
    if constexpr (some_phase_acts(List<Phases...>{}))
      return typename ActingOfPhases<typename P::common, Phases...>::type{};
    else
      return typename P::common{};
  }
  using type = decltype(add(typename Phased::list{}));
};
template <class P>
struct ActingPolicies<P, void> {
  using type = typename P::common;
};
/// The policies of a recipe, and behind them those of its phases that act, each once.
template <class P>
using acting_policies = typename ActingPolicies<P, typename P::phased>::type;

template <class X, class... Items>
constexpr bool displaced(List<Items...>) {
  return slot_of<X> != nullptr && !is_group<X> && (((slot_of<Items> == slot_of<X>)&&!std::is_same_v<Items, X>) || ...);
}
template <class X, class... Items>
constexpr bool stands_among(List<Items...>) {
  return (std::is_same_v<Items, X> || ...);
}
/// Does X, of acting_policies, act in the I-th phase? What a phase says wins over what holds in all of them.
template <class P, std::size_t I, class X>
inline constexpr bool acts_here = stands_among<X>(typename phase_t<P, I>::items{}) ||
                                  (stands_among<X>(typename P::common{}) &&
                                   !displaced<X>(typename phase_t<P, I>::items{}));
/// Where the values of X begin in the I-th phase.
template <class P, std::size_t I, class X>
constexpr std::size_t acting_offset() {
  if constexpr (stands_among<X>(typename phase_t<P, I>::items{}))
    return phase_item_offset<P, I, X>;
  else
    return number_offset<P, X>;
}

}  // namespace detail

}  // namespace tuneit
