#pragma once
// What named recipes are put together with: lists of policies, some of which only some models need.
#include "tuneit/recipe/finetune.hpp"

namespace tuneit::detail {

template <class... Ls>
struct Joined {
  using type = List<>;
};
template <class... Ts>
struct Joined<List<Ts...>> {
  using type = List<Ts...>;
};
template <class... As, class... Bs, class... Rest>
struct Joined<List<As...>, List<Bs...>, Rest...> : Joined<List<As..., Bs...>, Rest...> {};

template <class Model, class L>
struct RecipeOf;
template <class Model, class... Ps>
struct RecipeOf<Model, List<Ps...>> {
  using type = Finetune<Model, Ps...>;
};
/// Finetune<Model, policies of all lists...>.
template <class Model, class... Ls>
using recipe_t = typename RecipeOf<Model, typename Joined<Ls...>::type>::type;

template <class Length, class L>
struct PhaseOf;
template <class Length, class... Items>
struct PhaseOf<Length, List<Items...>> {
  using type = Phase<Length, Items...>;
};
template <class Length, class... Ls>
using phase_of_t = typename PhaseOf<Length, typename Joined<Ls...>::type>::type;

/// These policies, if S selects anything of Model; else none.
template <class Model, class S, class... Ps>
using where_t = std::conditional_t<selects_any<Model, S>, List<Ps...>, List<>>;

// In the place of a new head that is none: its judge says so.
template <class Thing>
struct NoNewHead : PolicyTag {
  template <class Model>
  struct judge {
    using type = NotANewHead<Thing>;
  };
};
template <class NewHead>
using new_head_t = std::conditional_t<InSlot<slots::Head>::template test<NewHead>::value, NewHead, NoNewHead<NewHead>>;

/// Norms of the backbone: those that come with pretrained numbers; and their running statistics alone.
using OldNorms = Intersect<Norms, Backbone>;
struct OldStatistics : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].is_buffer() && mask<Model, OldNorms>.at[row];
  }
};

}  // namespace tuneit::detail
