#pragma once
// Is a tied tensor treated as one, under both of its names? And if not, whose doing is it?
#include <cstddef>

#include "tuneit/recipe/judges/edits.hpp"
#include "tuneit/recipe/judges/network.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class Parts>
inline constexpr std::size_t rows_of = table<typename Parts::model>.size;

/// The first row that is tied to none, or that a plan treats otherwise than the one that it is tied to.
constexpr std::size_t row_apart(const TensorRow* table, const PlanRow* plan, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!table[i].is_tied()) continue;
    if (table[i].tied == TensorRow::tied_to_none) return i;
    PlanRow own = plan[i];
    const PlanRow& first = plan[static_cast<std::size_t>(table[i].tied)];
    own.recomputed = first.recomputed;
    if (!(own == first)) return i;
  }
  return count;
}

template <class Parts>
constexpr std::size_t first_apart() {
  std::size_t first = rows_of<Parts>;
  for (const auto& plan : plans_of_parts<Parts>)
    if (first == rows_of<Parts>) first = row_apart(table<typename Parts::model>.rows, plan.rows, first);
  return first;
}

/// Does a policy by itself treat these two rows of a plan differently?
template <class P, class Model>
constexpr bool sets_apart(std::size_t one, std::size_t other) {
  if constexpr (HasSelector<P> && TakesSlot<P, slots::Group>) {
    return mask<Model, typename P::selector>.at[one] != mask<Model, typename P::selector>.at[other];
  } else if constexpr (requires { P::stage; }) {
    if constexpr (P::stage != Stage::None)
      for (const auto* start : {&probe_plan<table<Model>.size, 0>, &probe_plan<table<Model>.size, 1>}) {
        auto plan = *start;
        editor<P, Model>.edit(plan, editor<P, Model>.values);
        PlanRow& row = plan.rows[one];
        row.recomputed = plan.rows[other].recomputed;
        if (!(row == plan.rows[other])) return true;
      }
  }
  return false;
}
template <class Model, class... Ps>
constexpr auto first_to_set_apart([[maybe_unused]] std::size_t one, [[maybe_unused]] std::size_t other, List<Ps...>) {
  std::size_t i = 0;
  (void)((sets_apart<Ps, Model>(one, other) || (++i, false)) || ...);
  return i;
}
/// The first of a recipe's policies that does, those of phases behind the others; void: none does by itself.
template <class Parts, std::size_t One, std::size_t Other>
struct SetsApart {
  using Model = typename Parts::model;
  template <class... Ps, class... Phases>
  static constexpr auto find(List<Ps...> all, List<Phases...>) {
    constexpr std::size_t at = first_to_set_apart<Model>(One, Other, List<Ps...>{});
    if constexpr (at < sizeof...(Ps))
      return typename TypeAt<at, decltype(all)>::type{};
    else
      return in_phases(List<typename Phases::items...>{});
  }
  static constexpr void in_phases(List<>) {}
  template <class... Items, class... Rest>
  static constexpr auto in_phases(List<List<Items...>, Rest...>) {
    constexpr std::size_t at = first_to_set_apart<Model>(One, Other, List<Items...>{});
    if constexpr (at < sizeof...(Items))
      return typename TypeAt<at, List<Items...>>::type{};
    else
      return in_phases(List<Rest...>{});
  }
  using type = decltype(find(typename Parts::common{}, typename Parts::phases::list{}));
};

template <class Parts, std::size_t Row = first_apart<Parts>(), int To = table<typename Parts::model>.rows[Row].tied>
struct JudgeTied {
  using Model = typename Parts::model;
  static constexpr auto to = static_cast<std::size_t>(To);
  using type = TiedApart<typename Parts::root, row_name<Model, to>, row_name<Model, Row>,
                         typename SetsApart<Parts, Row, to>::type>;
};
template <class Parts, std::size_t Row>
struct JudgeTied<Parts, Row, TensorRow::tied_to_none> : JudgeTies<typename Parts::model> {};

}  // namespace tuneit::detail
