#pragma once
// Does what is recomputed save memory? Asked of the parts of the network that the plan's rows stand for.
#include "tuneit/recipe/account/recomputed.hpp"
#include "tuneit/recipe/judges/effect.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

/// In the phases from First to Last - 1, are there rows that P recomputes in parts that keep less so?
template <class Parts, class P, std::size_t First, std::size_t Last>
constexpr bool recomputes_something() {
  for (std::size_t p = First; p < Last; ++p)
    for (std::size_t i = 0; i < table<typename Parts::model>.size; ++i)
      if (edits<P, typename Parts::model>.recomputes(i) && recomputed_in<Parts>[p].at[i]) return true;
  return false;
}
template <class Parts, class P, std::size_t First, std::size_t Last>
struct JudgeRecomputed
    : Demand<recomputes_something<Parts, P, First, Last>(), RecomputesNothing<typename Parts::root, P>> {};
template <class Parts, class P, std::size_t First, std::size_t Last>
requires(P::stage != Stage::Memory) struct JudgeRecomputed<Parts, P, First, Last> {
  using type = Accepted;
};

template <class Parts, std::size_t First, std::size_t Last, class Policies>
struct JudgeRecomputedAll;
template <class Parts, std::size_t First, std::size_t Last, class... Ps>
struct JudgeRecomputedAll<Parts, First, Last, List<Ps...>> : judge_all<JudgeRecomputed<Parts, Ps, First, Last>...> {};
template <class Parts, class Indices>
struct JudgeRecomputedPhases;
template <class Parts, std::size_t... I>
struct JudgeRecomputedPhases<Parts, std::index_sequence<I...>>
    : judge_all<JudgeRecomputedAll<Parts, I, I + 1, typename phase_t<Parts, I>::policies>...> {};

/// Does each policy that recomputes save something, in some phase in which it holds?
template <class Parts, class... Common>
struct JudgeRecompute {
  using type = Accepted;
};
template <class Parts, class... Common>
requires(recomputes<Parts>) struct JudgeRecompute<Parts, Common...>
    : judge_all<JudgeRecomputedAll<Parts, 0, Parts::phase_count, List<Common...>>,
                JudgeRecomputedPhases<Parts, std::make_index_sequence<Parts::phase_count>>> {
};

}  // namespace tuneit::detail
