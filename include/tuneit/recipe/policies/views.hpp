#pragma once
// In how many versions is a picture seen?
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace slots {
struct Views {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_count<P>}};
};
}  // namespace slots

namespace detail {
template <class T>
struct ViewsIs {
  using type = NumberIs<"views", static_cast<double>(T::count), be::Whole<1.>>;
};
}  // namespace detail

/// Random augmentation makes N versions of each picture and no more: epoch e (the first is 1) sees version e mod N.
/// What frozen blocks make of them can then be kept. Without it every epoch augments afresh.
template <int N>
struct Views : PolicyTag {
  using slot = slots::Views;
  static constexpr bool in_range = N >= 1;
  using number_is = detail::ViewsIs<Views>;
  static constexpr int count = N;
  template <class Model>
  using judge = detail::JudgeNumber<Views, in_range>;
};

namespace detail {

struct FreshViews {
  static constexpr int count = 0;
};

}  // namespace detail
}  // namespace tuneit
