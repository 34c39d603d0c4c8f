#pragma once
// How large are the pictures?
#include "tuneit/net/compose.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/phase_numbers.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/verdict/reasons/texts.hpp"

namespace tuneit {

namespace slots {
struct Side {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_count<P>}};
};
}  // namespace slots

namespace detail {
template <class T>
struct SideIs {
  using type = NumberIs<"side", static_cast<double>(T::count), be::Whole<1.>>;
};
}  // namespace detail

/// Training sees pictures of N x N pixels; tests do, where it does not stand in a phase. Unsaid: what the model was
/// made for. In phases one after the other: progressive resizing.
template <int N>
struct Side : PolicyTag {
  using slot = slots::Side;
  static constexpr bool in_range = N >= 1;
  using number_is = detail::SideIs<Side>;
  static constexpr int count = N;
  template <class Model>
  using judge = judge_all<Demand<!detail::takes_tokens<typename Model::input::first>, NeedsPictures<Model, Side>>,
                          detail::JudgeNumber<Side, in_range>>;
};

namespace detail {

template <TakesSlot<slots::Side> P>
inline constexpr std::array phase_numbers<P>{Hyperparameter{.name = "image-size",
                                                            .value = count_of<P>(),
                                                            .least = 1,
                                                            .most = 1e5,
                                                            .whole = true,
                                                            .about = "side of the pictures in pixels, in this phase"}};

}  // namespace detail
}  // namespace tuneit
