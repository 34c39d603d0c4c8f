#pragma once
// Many recipes of one: Sweep changes its structure, and each is compiled; sweep changes numbers, and one is.
#include <cstddef>
#include <string_view>
#include <vector>

#include "tuneit/recipe/algebra/edit.hpp"
#include "tuneit/recipe/algebra/members.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"

namespace tuneit {

/// What the pattern means becomes one of these after the other.
template <class Pattern, class... Policies>
struct Vary {};

namespace detail {

template <class... Ls>
struct FlatList;
template <class... As>
struct FlatList<List<As...>> {
  using type = List<As...>;
};
template <class... As, class... Bs, class... Ls>
struct FlatList<List<As...>, List<Bs...>, Ls...> : FlatList<List<As..., Bs...>, Ls...> {};

template <class L, class... Vs>
struct SweepOf {
  using type = L;
};
template <class... Rs, class Pattern, class... Ps, class... Vs>
struct SweepOf<List<Rs...>, Vary<Pattern, Ps...>, Vs...> {
  template <class R>
  using each = List<Replace<R, Pattern, Ps>...>;
  using type = typename SweepOf<typename FlatList<List<>, each<Rs>...>::type, Vs...>::type;
};

}  // namespace detail

/// A list of recipes: the product of all variations, the last varying fastest.
/// `Sweep<R, Vary<AnyOf<AdamW>, AdamW<>, Sgd<>>, Vary<Freeze<Backbone>, Freeze<Backbone>, Freeze<Layers<0, 3>>>>` has
/// four.
template <class R, class... Variations>
using Sweep = typename detail::SweepOf<List<detail::plain_t<R>>, Variations...>::type;

/// Calls `each(Type<R>{})` for each recipe of a list.
template <class... Rs, class F>
void for_each_recipe(List<Rs...>, F&& each) {
  (each(Type<Rs>{}), ...);
}

/// The settings with one number after the other in the place of `name`: a member ("lr" and the other options of
/// optimizers, "epochs", "batch-size", "label-smoothing", "warmup-steps", "seed"). Throws Error(Usage) for another
/// name.
template <class S, std::size_t N>
requires std::is_same_v<S, Settings> std::vector<S> sweep(const S& settings, std::string_view name,
                                                          const double (&values)[N]) {
  std::vector<S> all;
  for (const double x : values)
    if (!detail::set_member(all.emplace_back(settings), name, x))
      throw Error(ErrorKind::Usage, "Settings has no number called " + std::string(name),
                  "A number of a policy needs its recipe: sweep<Recipe>(settings, name, values).");
  return all;
}

/// The same, of any number of a recipe: its policies' by their names, too (`named_numbers<R>()`).
template <class R, class S, std::size_t N>
requires std::is_same_v<S, Settings> std::vector<S> sweep(const S& settings, std::string_view name,
                                                          const double (&values)[N]) {
  std::vector<S> all;
  for (const double x : values)
    if (!detail::set_member(all.emplace_back(settings), name, x)) set_number<R>(all.back(), name, x);
  return all;
}

}  // namespace tuneit
