#pragma once
// Which policy of a recipe fills a slot?
#include <cstddef>
#include <type_traits>

#include "tuneit/meta/list.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace detail {

// The policy of a slot, or the default.
template <class Slot>
struct InSlot {
  template <class P>
  struct test {
    static constexpr bool value = false;
  };
  template <class P>
  requires requires { typename P::slot; }
  struct test<P> {
    static constexpr bool value = std::is_same_v<typename P::slot, Slot>;
  };
  template <class P>
  struct other {
    static constexpr bool value = !test<P>::value;
  };
};
template <std::size_t I, bool Found, class Default, class L>
struct Pick : TypeAt<I, L> {};
template <std::size_t I, class Default, class L>
struct Pick<I, false, Default, L> {
  using type = Default;
};
template <class Slot, class Default, class... Policies>
using pick_t = typename Pick<slot_at<Slot, Policies...>, (slot_at<Slot, Policies...> < sizeof...(Policies)), Default,
                             List<Policies...>>::type;

template <class Slot, class Default, class L>
struct PickFrom;
template <class Slot, class Default, class... Policies>
struct PickFrom<Slot, Default, List<Policies...>> {
  using type = pick_t<Slot, Default, Policies...>;
};
template <class Slot, class Default, class L>
using pick_from_t = typename PickFrom<Slot, Default, L>::type;

}  // namespace detail

}  // namespace tuneit
