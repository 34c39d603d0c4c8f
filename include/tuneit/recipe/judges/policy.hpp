#pragma once
// What does one policy demand of the model, and of the recipe as a whole? Do two decide one thing?
#include "tuneit/recipe/judges/acting.hpp"
#include "tuneit/recipe/judges/edits.hpp"
#include "tuneit/recipe/judges/groups.hpp"
#include "tuneit/recipe/judges/network.hpp"
#include "tuneit/recipe/judges/slots.hpp"
#include "tuneit/recipe/rewrites/judge.hpp"

namespace tuneit {

namespace detail {

// What one policy demands of the model; many demand nothing.
template <class P, class Model>
concept Demands = requires {
  P::template judge<Model>::type::accepted;
};
template <class P>
concept NamesJudge = requires {
  typename P::judge;
}
|| requires { &P::judge; };
template <class P, class Model>
concept DemandsWrongly = !Demands<P, Model> && (NamesJudge<P> || requires { typename P::template judge<Model>; });
template <class P, class Model>
struct JudgeDemands {
  using type = Accepted;
};
template <class P, class Model>
requires Demands<P, Model>
struct JudgeDemands<P, Model> : P::template judge<Model> {
};
template <class P, class Model>
requires DemandsWrongly<P, Model>
struct JudgeDemands<P, Model> {
  using type = LacksItsMember<P, Member::judge>;
};
template <class P, class Model>
struct JudgePolicy : judge_all<JudgeActing<P>, JudgeFunction<P, Model>, JudgeDemands<P, Model>, JudgeOptions<P>> {};
template <TakesSlot<slots::Schedule> P, class Model>
struct JudgePolicy<P, Model> : judge_all<JudgeFunction<P, Model>, JudgeDemands<P, Model>, JudgeAbilities<P>> {};
template <TakesSlot<slots::Group> P, class Model>
struct JudgePolicy<P, Model> : JudgeGroupItems<P, Model, typename P::items> {};
template <class P, class Model>
requires rewrites<P>
struct JudgePolicy<P, Model> : judge_all<JudgeRule<Model, P>, JudgeActing<P>, JudgeFunction<P, Model>,
                                         JudgeDemands<P, Model>, JudgeOptions<P>, JudgeNetwork<Model>> {
};

template <class Model, class... Ps>
struct JudgePairs
    : judge_all<JudgeEdits<Model, Ps...>, JudgeSlots<List<Ps...>, same_slot<Ps...>()>, JudgeEditPairs<Model, Ps...>> {};
template <class Model, class... Ps>
requires NoneEdits<Ps...>
struct JudgePairs<Model, Ps...> : JudgeSlots<List<Ps...>, same_slot<Ps...>()> {
};

// What policies demand of the recipe as a whole, its length or its loss: `template <class Parts> using judge_recipe`,
// of one that acts because of its slot that of the slot.
template <class P, class Parts>
inline constexpr bool recipe_fits = true;
template <class P, class Parts>
requires(ActsBySlot<P>&& requires {
  typename P::slot::template judge_recipe<P, Parts>::type;
}) inline constexpr bool recipe_fits<P, Parts> = P::slot::template judge_recipe<P, Parts>::type::accepted;
template <class P, class Parts>
requires requires { typename P::template judge_recipe<Parts>::type; }
inline constexpr bool recipe_fits<P, Parts> = P::template judge_recipe<Parts>::type::accepted;
template <class P, class Parts>
constexpr auto recipe_reason() {
  if constexpr (ActsBySlot<P>)
    return typename P::slot::template judge_recipe<P, Parts>{};
  else
    return typename P::template judge_recipe<Parts>{};
}
template <class P, class Parts>
struct JudgeOfRecipe {
  using type = Accepted;
};
template <class P, class Parts>
requires(acts_in_phase<P> && !recipe_fits<P, Parts>) struct JudgeOfRecipe<P, Parts>
    : decltype(recipe_reason<P, Parts>()) {
};

}  // namespace detail

}  // namespace tuneit
