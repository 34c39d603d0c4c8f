#pragma once
// Who is called later, where several policies act at one moment that has no order of its own? One of them says it:
// `using after = List<A, B>;`.
#include <cstddef>
#include <utility>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/plan.hpp"

namespace tuneit::detail {

template <class L>
inline constexpr bool is_policy_list = false;
template <class... Ps>
inline constexpr bool is_policy_list<List<Ps...>> = (Policy<Ps> && ...);
template <class P>
concept NamesAfter = requires {
  typename P::after;
}
|| requires { &P::after; };
template <class P>
concept SaysAfter = requires {
  requires is_policy_list<typename P::after>;
};

template <class P>
inline constexpr char policy_mark = 0;
/// The marks of those after which a policy is called.
struct Marks {
  const char* const* begin = nullptr;
  std::size_t size = 0;
};
template <class L>
struct MarksOf;
template <class... Ps>
struct MarksOf<List<Ps...>> {
  static constexpr const char* all[] = {&policy_mark<Ps>..., nullptr};
  static constexpr Marks value{all, sizeof...(Ps)};
};
template <class P>
inline constexpr Marks after_marks{};
template <SaysAfter P>
inline constexpr Marks after_marks<P> = MarksOf<typename P::after>::value;

/// Of N policies: who is called after whom, directly or by others in between, and in which order all of them are.
template <std::size_t N>
struct ActingOrder {
  bool after[N + 1][N + 1]{};
  std::size_t at[N + 1]{};  ///< the places of all, first called first; else as in the recipe
  bool circle = false;
  std::size_t first = 0, second = 0;  ///< in a circle

  [[nodiscard]] constexpr bool says(std::size_t i, std::size_t j) const { return after[i][j] || after[j][i]; }
};
template <class... Ps>
constexpr auto make_acting_order() {
  constexpr std::size_t n = sizeof...(Ps);
  ActingOrder<n> o;
  for (std::size_t i = 0; i < n; ++i) o.at[i] = i;
  if constexpr ((SaysAfter<Ps> || ...)) {
    constexpr const char* marks[] = {&policy_mark<Ps>..., nullptr};
    constexpr Marks later[] = {after_marks<Ps>..., {}};
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < later[i].size; ++k)
        for (std::size_t j = 0; j < n; ++j) o.after[i][j] = o.after[i][j] || marks[j] == later[i].begin[k];
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) o.after[i][j] = o.after[i][j] || (o.after[i][k] && o.after[k][j]);
    for (std::size_t d = 1; d <= n && !o.circle; ++d)  // of two if there are two, else one after itself
      for (std::size_t i = 0; i < n && !o.circle; ++i)
        if (const std::size_t j = (i + d) % n; o.after[i][j] && o.after[j][i])
          o.circle = true, o.first = i < j ? i : j, o.second = i < j ? j : i;
    if (o.circle) return o;
    bool called[n]{};
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < n; ++i) {
        bool ready = !called[i];
        for (std::size_t j = 0; j < n; ++j) ready = ready && (!o.after[i][j] || called[j]);
        if (!ready) continue;
        called[i] = true;
        o.at[k] = i;
        break;
      }
  }
  return o;
}
template <class... Ps>
inline constexpr auto acting_order = make_acting_order<Ps...>();

/// The policies in the order in which they are called.
template <class L, class I>
struct InCallingOrder;
template <class... Ps, std::size_t... I>
struct InCallingOrder<List<Ps...>, std::index_sequence<I...>> {
  using type = List<typename TypeAt<acting_order<Ps...>.at[I], List<Ps...>>::type...>;
};
template <class L>
struct CallingOrder {
  using type = L;
};
template <class... Ps>
requires(SaysAfter<Ps> || ...) struct CallingOrder<List<Ps...>>
    : InCallingOrder<List<Ps...>, std::index_sequence_for<Ps...>> {
};

}  // namespace tuneit::detail
