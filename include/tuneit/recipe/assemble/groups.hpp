#pragma once
// The groups of a recipe (GroupOf), by number: those beside its phases, then those in each of them.
#include "tuneit/recipe/assemble/parts.hpp"

namespace tuneit::detail {

/// A GroupOf, and where it stands: in the Phase-th phase, or (-1) beside them.
template <class G, int Phase>
struct GroupPlace {
  using group = G;
  using items = typename G::items;
  static constexpr int phase = Phase;
  static constexpr bool holds_in(std::size_t i) { return Phase < 0 || static_cast<std::size_t>(Phase) == i; }
};

template <class T>
struct IsGroup {
  static constexpr bool value = is_group<T>;
};
template <int Phase, class... Gs>
constexpr List<GroupPlace<Gs, Phase>...> place_groups(List<Gs...>);
template <int Phase, class... Xs>
constexpr auto places_among(List<Xs...>) -> decltype(place_groups<Phase>(filter_t<IsGroup, Xs...>{}));

template <class... Ls>
struct JoinGroups {
  using type = List<>;
};
template <class... As>
struct JoinGroups<List<As...>> {
  using type = List<As...>;
};
template <class... As, class... Bs, class... Ls>
struct JoinGroups<List<As...>, List<Bs...>, Ls...> : JoinGroups<List<As..., Bs...>, Ls...> {};

template <class P, class Indices>
struct GroupsOf;
template <class P, std::size_t... I>
struct GroupsOf<P, std::index_sequence<I...>>
    : JoinGroups<decltype(places_among<-1>(typename P::common{})),
                 decltype(places_among<static_cast<int>(I)>(typename phase_t<P, I>::items{}))...> {};
/// All of a recipe. The plan counts them from 1.
template <class P>
using groups_of = typename GroupsOf<P, std::make_index_sequence<P::phase_count>>::type;

template <class P>
struct LazyGroups {
  using type = groups_of<P>;
};
template <class P, class Place>
inline constexpr std::size_t number_of_group = []<class... Places>(List<Places...>) {
  std::size_t number = 0;
  bool found = false;
  ((number += found ? 0U : 1U, found = found || std::is_same_v<Place, Places>), ...);
  return number;
}(groups_of<P>{});

/// Where the values of X begin, an item of a group.
template <class P, class Place>
constexpr std::size_t group_offset() {
  if constexpr (Place::phase < 0)
    return number_offset<P, typename Place::group>;
  else
    return phase_item_offset<P, static_cast<std::size_t>(Place::phase), typename Place::group>;
}
template <class P, class Place, class X>
inline constexpr std::size_t group_item_offset =
    group_offset<P, Place>() + numbers_before<X>(typename Place::group::numbered{});

/// What a group says of a slot, or Otherwise.
template <class Place, class Slot, class Otherwise = void>
using in_group_t = pick_from_t<Slot, Otherwise, typename Place::items>;
/// Its optimizer in the I-th phase, which may be that of the phase or of the recipe.
template <class P, std::size_t I, class Place>
using group_optimizer_t = in_group_t<Place, slots::Optimizer, optimizer_in<P, I>>;
template <class Place>
inline constexpr bool has_own_optimizer = !std::is_void_v<in_group_t<Place, slots::Optimizer>>;

/// Calls f(place, number) of each group that holds in the I-th phase; numbers count from 1.
template <class P, std::size_t I, class F>
constexpr void each_group(const F& f) {
  [&]<class... Places>(List<Places...>) {
    std::uint16_t number = 0;
    [[maybe_unused]] const auto one = [&]<class Place>(Type<Place> place) {
      ++number;
      if constexpr (Place::holds_in(I)) f(place, number);
    };
    (one(Type<Places>{}), ...);
  }(groups_of<P>{});
}

/// Writes into a plan of the I-th phase which rows are in which group.
template <class P, std::size_t I, class PlanType>
constexpr void mark_groups(PlanType& plan) {
  using Model = typename P::model;
  each_group<P, I>([&]<class Place>(Type<Place>, std::uint16_t number) {
    for (std::size_t i = 0; i < PlanType::size; ++i)
      if (mask<Model, typename Place::group::selector>.at[i] && !table<Model>.rows[i].is_buffer())
        plan.rows[i].group = number;
  });
}

/// Has somebody in the groups gradients of his own to limit? Then the recipe's limit is that of the rest.
template <class P>
inline constexpr bool clips_by_group = [] {
  if constexpr (P::grouped)
    return
        []<class... Places>(List<Places...>) { return (clips_itself<typename Places::group> || ...); }(groups_of<P>{});
  else
    return false;
}();

}  // namespace tuneit::detail
