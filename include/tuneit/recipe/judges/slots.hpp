#pragma once
// Do two policies fill one slot?
#include <cstddef>

#include "tuneit/recipe/policies/group_of.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

// Two policies of one slot.
struct Pair {
  std::size_t first = 0, second = 0;  ///< equal: there is none
};
template <class... Ps>
constexpr Pair same_slot() {
  constexpr const auto& slots = slots_of<Ps...>;
  constexpr bool groups[] = {is_group<Ps>..., false};
  for (std::size_t i = 0; i < sizeof...(Ps); ++i)
    for (std::size_t j = i + 1; j < sizeof...(Ps); ++j)
      if (slots[i] != nullptr && slots[i] == slots[j] && !groups[i]) return {i, j};
  return {};
}
template <class L, Pair P>
struct JudgeSlots {
  using type = Contradiction<typename TypeAt<P.first, L>::type, typename TypeAt<P.second, L>::type>;
};
template <class L, Pair P>
requires(P.first == P.second) struct JudgeSlots<L, P> {
  using type = Accepted;
};

}  // namespace tuneit::detail
