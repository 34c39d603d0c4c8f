#pragma once
// A new class that the old classifier knew already starts from its row.
#include <array>
#include <string>

#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/policies/replace_head.hpp"

namespace tuneit {

namespace detail {

template <class P>
concept SaysRows = requires {
  P::to;
  P::from;
};
template <class P>
concept HasRows = requires {
  P::to.size();
  P::from.size();
};
template <class P>
concept CountsRows = requires {
  { P::count } -> Is<std::size_t>;
};

}  // namespace detail

namespace slots {
struct ReuseRows {
  template <class P, class Model>
  static constexpr SlotAsks asks = {
      {{detail::SaysRows<P>, detail::HasRows<P>, "to"}, {detail::SaysCount<P>, detail::CountsRows<P>, "count"}}};
  static constexpr Topic topic = Topic::Head;
  template <class P>
  static std::string sentence(const double*) {
    return type_name<P>() + ": these classes of the head start from rows of the file's classifier";
  }
};
}  // namespace slots

/// Class New of the new head starts from class Old of the old one, both counted from 0.
template <int New, int Old>
struct Row {
  static constexpr int to = New, from = Old;
};

namespace detail {

template <class L>
struct LinearSize {
  static constexpr int in = 0, out = 0;
};
template <int In, int Out, bool Bias>
struct LinearSize<Linear<In, Out, Bias>> {
  static constexpr int in = In, out = Out;
};

// What is no row is refused, and must make no second error.
template <class R>
inline constexpr int row_to = 0;
template <int New, int Old>
inline constexpr int row_to<Row<New, Old>> = New;
template <class R>
inline constexpr int row_from = 0;
template <int New, int Old>
inline constexpr int row_from<Row<New, Old>> = Old;
template <class R>
inline constexpr bool is_row = false;
template <int New, int Old>
inline constexpr bool is_row<Row<New, Old>> = true;

template <class P, class R, int NewClasses, int OldClasses>
struct JudgeRow
    : Demand<(0 <= R::to && (NewClasses == Dynamic || R::to < NewClasses) && 0 <= R::from && R::from < OldClasses),
             NoSuchRow<P, R, NewClasses, OldClasses>> {};
template <class P, class... Rows>
struct JudgeRowPairs {
  using type = Accepted;
};
template <class P, class R, class... Rest>
struct JudgeRowPairs<P, R, Rest...>
    : judge_all<Demand<((R::to != Rest::to) && ...), RowTwice<P, R::to>>, JudgeRowPairs<P, Rest...>> {};

}  // namespace detail

/// Classes of a new head start from rows (weight and bias) of the classifier in the file of weights: `ReuseRows<Row<0,
/// 934>>` with ImageNet's hot dog. The others start as the head says; `ReplaceHead<2, Zeros>` is a good companion
/// (d2l.ai, exercise 14.2.4).
template <class... Rows>
struct ReuseRows : PolicyTag {
  using slot = slots::ReuseRows;
  using known_options = List<Row<0, 934>>;
  static constexpr std::array<int, sizeof...(Rows)> to{detail::row_to<Rows>...}, from{detail::row_from<Rows>...};
  static constexpr std::size_t count = sizeof...(Rows);
  template <class Model>
  using old_layer = detail::LinearSize<detail::last_linear_t<origin_t<Model>>>;
  template <class Model>
  using new_layer = detail::LinearSize<detail::last_linear_t<Model>>;
  template <class Model>
  using judge =
      judge_all<Demand<(sizeof...(Rows) > 0), NothingInside<ReuseRows>>,
                Demand<detail::is_row<Rows>, NotAnOption<ReuseRows, Rows>>...,
                Demand<!std::is_same_v<Model, origin_t<Model>>, KeepsOldHead<ReuseRows>>,
                Demand<old_layer<Model>::in == new_layer<Model>::in, RowsDoNotFit<origin_t<Model>, ReuseRows>>,
                detail::JudgeRow<ReuseRows, Rows, new_layer<Model>::out, old_layer<Model>::out>...,
                detail::JudgeRowPairs<ReuseRows, Rows...>>;
};

namespace detail {

struct NoRows {
  static constexpr std::size_t count = 0;
};

}  // namespace detail
}  // namespace tuneit
