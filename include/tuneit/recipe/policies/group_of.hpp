#pragma once
// Tensors with an optimizer, a limit of their gradients and a schedule of their own.
#include "tuneit/recipe/optimizers/optimizer.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {

namespace detail {

template <class P>
concept HasSelector = requires {
  typename P::selector;
};
template <class P>
concept SaysItems = requires {
  typename P::items;
  typename P::numbered;
};

}  // namespace detail

namespace slots {
struct Clip;  // recipe/behaviour/clip.hpp
/// A recipe may have several: GroupOf.
struct Group {
  template <class P, class Model>
  static constexpr SlotAsks asks = {
      {{detail::HasSelector<P>, true, "selector"}, {detail::SaysItems<P>, true, "items"}}};
};
}  // namespace slots

namespace detail {

template <class T>
inline constexpr bool is_group = TakesSlot<T, slots::Group>;
/// Is there a GroupOf in a list?
template <class L>
inline constexpr bool has_group = false;
template <class... Ts>
inline constexpr bool has_group<List<Ts...>> = (is_group<Ts> || ...);

// A policy without numbers has none by this name.
template <std::size_t Count, class... Items>
struct GroupNumbers : PolicyTag {
  static constexpr auto numbers = join_numbers<Items..., PhaseOnly<Items>...>();
};
template <class... Items>
struct GroupNumbers<0, Items...> : PolicyTag {};

/// Does the group limit its gradients itself?
template <class G>
inline constexpr bool clips_itself = false;
template <class G>
requires is_group<G>
inline constexpr bool clips_itself<G> = []<class... Items>(List<Items...>) {
  return (TakesSlot<Items, slots::Clip> || ...);
}(typename G::items{});

template <class G>
requires clips_itself<G>
struct ActsInSlot<G, slots::Group> {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Limit;
  static constexpr Effects effects{.by_group = true, .replays = true};
};

}  // namespace detail

/// What S selects, with an optimizer, options of it (`Lr<1e-3>`), ClipNorm or ClipValue, a schedule and a Warmup of its
/// own, in any order: `GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>`. What it does not say is the recipe's. A
/// limit is that of the group's gradients alone, and the recipe's that of all which have none of their own. A schedule
/// or warm-up runs through the training, or, in a phase, through that. In a Phase it wins over groups beside Phases,
/// and what its optimizer remembers begins there. Two that stand together must not overlap.
template <class S, class... Items>
struct GroupOf : detail::GroupNumbers<detail::join_numbers<Items..., detail::PhaseOnly<Items>...>().size(), Items...> {
  using slot = slots::Group;
  using selector = S;
  using items = List<Items...>;
  using numbered = List<Items..., detail::PhaseOnly<Items>...>;  ///< whose numbers are the group's
};

}  // namespace tuneit
