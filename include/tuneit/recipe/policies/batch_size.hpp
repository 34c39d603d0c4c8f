#pragma once
// How many images make a batch?
#include <array>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/phase_numbers.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace slots {
struct BatchSize {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_count<P>}};
};
}  // namespace slots

namespace detail {
template <class T>
struct BatchSizeIs {
  using type = NumberIs<"batch-size", static_cast<double>(T::count), be::Whole<1.>>;
};
}  // namespace detail

/// Images per step.
template <int N>
struct BatchSize : PolicyTag {
  using slot = slots::BatchSize;
  static constexpr bool in_range = N >= 1;
  using number_is = detail::BatchSizeIs<BatchSize>;
  static constexpr int count = N;
  template <class Model>
  using judge = detail::JudgeNumber<BatchSize, in_range>;
};

namespace detail {

template <TakesSlot<slots::BatchSize> P>
inline constexpr std::array phase_numbers<P>{Hyperparameter{.name = "batch-size",
                                                            .value = count_of<P>(),
                                                            .least = 1,
                                                            .most = 1e6,
                                                            .whole = true,
                                                            .about = "pictures per step, in this phase"}};

}  // namespace detail

}  // namespace tuneit
