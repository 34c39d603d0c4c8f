#pragma once
// The gradients of several batches make one step.
#include <array>
#include <string>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace detail {
template <class P, class Parts>
struct JudgeWindow;
}  // namespace detail

namespace slots {
struct Accumulate {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_numbers<P, 1>}};
  static constexpr Topic topic = Topic::Steps;
  template <class P>
  static std::string sentence(const double* n) {
    return "the gradients of " + short_number(n[0]) + " batches make one step";
  }
  template <class P, class Parts>
  using judge_recipe = detail::JudgeWindow<P, Parts>;
};
}  // namespace slots

/// The gradients of N batches are added before the optimizer steps: as if a batch were N times as large. They are
/// divided by the number of samples that were really seen (with class weights: by the sum of their weights), also in
/// the last, shorter window of an epoch.
template <int N>
struct Accumulate : PolicyTag {
  using slot = slots::Accumulate;
  static constexpr std::array numbers{Hyperparameter{.name = "accumulate",
                                                     .value = N,
                                                     .least = 1,
                                                     .most = 1e6,
                                                     .whole = true,
                                                     .unit = "batches",
                                                     .about = "their gradients are added before a step"}};
  template <class Model>
  using judge = detail::JudgeRanges<Accumulate>;
};

namespace detail {

/// Takes the gradients of each batch away, and gives those of the window in the place of the last one's.
template <class P>
struct ActsInSlot<P, slots::Accumulate> {
  static constexpr Moments acts = AfterBackward | OnGradients | OnDrop;
  static constexpr Order order = Order::Collect;
  static constexpr Effects effects{.gradient_copies = 1};
  static constexpr long long batches_per_step(const double* n) { return static_cast<long long>(n[0]); }
};

}  // namespace detail

namespace detail {

struct NoAccumulation {};

}  // namespace detail

}  // namespace tuneit
