#pragma once
// Do the edits of policies go together? Each must do something, and the plan must be the same in whatever order they
// stand: two of one stage neither set the same of a tensor differently, nor assign what the other multiplies.
#include "tuneit/recipe/judges/glance.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class... Ps>
concept NoneEdits = ((Ps::stage == Stage::None) && ...);

// --- each by itself
template <class P, EditFault F>
struct EditReason {
  using type = DoesNothing<P>;
};
template <class P>
struct EditReason<P, EditFault::Function> {
  using type = LacksItsFunction<P>;
};
template <class P>
struct EditReason<P, EditFault::Numbers> {
  using type = LacksItsMember<P, Member::numbers>;
};
template <class P>
struct EditReason<P, EditFault::Range> {
  using type = OutOfRange<P>;
};
template <class Model, class... Ps>
constexpr std::size_t first_at_fault() {
  constexpr EditFault faults[] = {glance_at<Ps, Model>.fault..., EditFault::Nothing};
  std::size_t i = 0;
  while (faults[i] == EditFault::None) ++i;
  return i;
}
template <std::size_t I, class Model, class... Ps>
struct JudgeEditsAt {
  using P = typename TypeAt<I, List<Ps...>>::type;
  using type = typename EditReason<P, glance_at<P, Model>.fault>::type;
};
template <std::size_t I, class Model, class... Ps>
requires(I == sizeof...(Ps)) struct JudgeEditsAt<I, Model, Ps...> {
  using type = Accepted;
};
/// Does each do something, at compile time and within its numbers?
template <class Model, class... Ps>
struct JudgeEdits : JudgeEditsAt<first_at_fault<Model, Ps...>(), Model, Ps...> {};

// --- with what it does, where somebody needs it
/// Which of a list: bits. All from the 64th on share one.
using Needs = std::uint64_t;
constexpr Needs need(std::size_t i) { return Needs{1} << (i < 63 ? i : 63); }

/// A policy of a list; without `edits` where nobody needs them, and without both where it does not edit.
template <std::size_t N>
struct Editing {
  const Editor<N>* editor = nullptr;
  const Edits<N>* edits = nullptr;
};
template <class P, class Model, bool Needed>
inline constexpr Editing<table<Model>.size> editing{};
template <class P, class Model>
requires(P::stage != Stage::None) inline constexpr Editing<table<Model>.size> editing<P, Model, true>{&editor<P, Model>,
                                                                                                      &edits<P, Model>};

/// All of a list, and an empty one.
template <class Model, Needs Needed, class Indices, class... Ps>
inline constexpr Editing<table<Model>.size> editings[1]{};
template <class Model, Needs Needed, std::size_t... I, class... Ps>
inline constexpr Editing<table<Model>.size> editings<Model, Needed, std::index_sequence<I...>, Ps...>[sizeof...(Ps) +
                                                                                                      1] {
  editing<Ps, Model, (Needed & need(I)) != 0>...
};

// --- two of one stage
struct Clash {
  std::size_t first = 0, second = 0;  ///< equal: there is none
  std::size_t row = 0;
  Field field{};
  bool order = false;  ///< neither sets what the other sets differently, but it matters which comes first
};
constexpr bool both(Change a, Change b, Change x, Change y) { return (a == x && b == y) || (a == y && b == x); }
// May two edits of a field clash, by the kinds of changes that there are in any row?
constexpr bool may_clash(unsigned a, unsigned b) {
  constexpr auto only = [](Change c) { return 1u << static_cast<unsigned>(c); };
  if (a == 0 || b == 0) return false;
  const unsigned all = a | b;
  return all != only(Change::Times) && all != only(Change::True) && all != only(Change::False);
}
template <std::size_t N>
constexpr Clash clash_of(const Editing<N>& a, const Editing<N>& b) {
  bool suspects = false;
  for (std::size_t f = 0; f < 6; ++f) suspects = suspects || may_clash(a.edits->seen[f], b.edits->seen[f]);
  if (!suspects) return {};
  std::size_t meet = 0;
  while (meet < N && (a.edits->rows.at[meet] == 0 || b.edits->rows.at[meet] == 0)) ++meet;
  if (meet == N) return {};
  const PlanEffect<N> of_a = make_effect(*a.editor), of_b = make_effect(*b.editor);
  bool asks = false;  // whether they commute
  Clash numbers{};    // two of them assigned: what is no more than a limit looks so, too
  for (std::size_t f = 0; f < 6; ++f) {
    if (!may_clash(a.edits->seen[f], b.edits->seen[f])) continue;
    for (std::size_t i = 0; i < N; ++i) {
      const RowEffect r = of_a[i], s = of_b[i];
      const Change x[] = {r.frozen, r.batch_statistics, r.fresh, r.rate, r.decay, r.recomputed};
      const Change y[] = {s.frozen, s.batch_statistics, s.fresh, s.rate, s.decay, s.recomputed};
      if (x[f] == Change::None || y[f] == Change::None) continue;
      const bool numbers_differ = f == 3 ? r.rate_by != s.rate_by : r.decay_by != s.decay_by;
      if (both(x[f], y[f], Change::True, Change::False)) return {0, 1, i, static_cast<Field>(f)};
      if (both(x[f], y[f], Change::To, Change::To) && numbers_differ && numbers.first == numbers.second)
        numbers = {0, 1, i, static_cast<Field>(f)};
      asks = asks || x[f] != y[f] || x[f] == Change::Else;
    }
  }
  if (numbers.first != numbers.second && !commute(*a.editor, *b.editor)) return numbers;
  if (asks && !commute(*a.editor, *b.editor)) return {0, 1, 0, {}, true};
  return {};
}
// Those that are not alone in their stage.
template <class... Ps>
constexpr Needs pairs_need() {
  constexpr Stage stage[] = {Ps::stage..., Stage::None};
  Needs needs = 0;
  for (std::size_t i = 0; i < sizeof...(Ps); ++i)
    for (std::size_t j = i + 1; j < sizeof...(Ps) && stage[i] != Stage::None; ++j)
      if (stage[i] == stage[j]) needs |= need(i) | need(j);
  return needs;
}
// The I-th against all behind it: a constant of its own each, or many policies would pass clang's limit of steps.
template <std::size_t N, std::size_t Count>
constexpr Clash find_clash(const Editing<N> (&all)[Count], std::size_t i) {
  if (all[i].edits == nullptr) return {};
  for (std::size_t j = i + 1; j < Count; ++j) {
    if (all[j].edits == nullptr || all[i].edits->stage != all[j].edits->stage) continue;
    Clash c = clash_of(all[i], all[j]);
    if (c.first == c.second) continue;
    c.first = i, c.second = j;
    return c;
  }
  return {};
}
template <class Model, std::size_t I, Needs Needed, class Indices, class... Ps>
inline constexpr Clash clash_at{};
template <class Model, std::size_t I, Needs Needed, class Indices, class... Ps>
requires((Needed & need(I)) != 0) inline constexpr Clash clash_at<Model, I, Needed, Indices, Ps...> =
    find_clash(editings<Model, Needed, Indices, Ps...>, I);
template <class Model, class... Ps, std::size_t... I>
constexpr Clash first_clash(std::index_sequence<I...>) {
  constexpr Needs needed = pairs_need<Ps...>();
  Clash first;
  if constexpr (needed != 0)
    ((first.first == first.second ? void(first = clash_at<Model, I, needed, std::index_sequence<I...>, Ps...>)
                                  : void()),
     ...);
  return first;
}

template <class Model, class L, Clash C>
constexpr auto clash_reason() {
  using First = typename TypeAt<C.first, L>::type;
  using Second = typename TypeAt<C.second, L>::type;
  if constexpr (C.order)
    return Type<OrderMatters<First, Second>>{};
  else if constexpr (First::stage == Stage::Statistics && table<Model>.rows[C.row].is_buffer())
    return Type<StatisticsContradict<origin_t<Model>, First, Second>>{};
  else
    return Type<SetsDiffer<origin_t<Model>, First, Second, row_name<Model, C.row>, C.field>>{};
}
template <class Model, class L, Clash C>
struct JudgeClash : decltype(clash_reason<Model, L, C>()) {};
template <class Model, class L, Clash C>
requires(C.first == C.second) struct JudgeClash<Model, L, C> {
  using type = Accepted;
};
template <class Model, class... Ps>
struct JudgeEditPairs : JudgeClash<Model, List<Ps...>, first_clash<Model, Ps...>(std::index_sequence_for<Ps...>{})> {};

}  // namespace tuneit::detail
