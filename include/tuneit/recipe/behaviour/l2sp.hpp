#pragma once
// Fine-tuned weights stay near to where they came from.
#include <array>
#include <string>

#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/policies/rates.hpp"

namespace tuneit {

namespace detail {

// Judged with the whole recipe.
template <class P, class Parts>
struct JudgePull;

template <class P>
concept SaysPulls = requires {
  P::pulls;
};
template <class P>
concept HasPulls = requires {
  { P::pulls } -> Is<bool>;
};
template <class P>
concept SaysSelector = requires {
  typename P::selector;
};

}  // namespace detail

namespace slots {
struct L2Sp {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysPulls<P>, detail::HasPulls<P>, "pulls"},
                                     {detail::SaysSelector<P>, true, "selector"},
                                     detail::asked_numbers<P, 2>}};
};
}  // namespace slots

/// L2-SP (arXiv 1802.01483): adds Alpha / 2 |w - w0|^2 over the trained tensors of S (w0: their values when training
/// starts) and Beta / 2 |w|^2 over trained tensors that started from random numbers to the loss. Both >= 0.
template <auto AlphaValue, auto BetaValue = 0, class S = Except<Head>>
struct L2Sp : PolicyTag {
  using slot = slots::L2Sp;
  static constexpr bool pulls = true;
  static constexpr Moments acts = OnStart | OnGradients;
  static constexpr Order order = Order::Add;
  static constexpr Effects effects{.weight_copies = 1, .replays = true};
  using selector = S;
  static constexpr std::array numbers{
      Hyperparameter{.name = "l2sp",
                     .value = static_cast<double>(AlphaValue),
                     .about = "pulls weights back to where they started"},
      Hyperparameter{
          .name = "l2sp-new", .value = static_cast<double>(BetaValue), .about = "pulls new weights towards 0"}};
  static constexpr Topic topic = Topic::Pull;
  static std::string sentence(const double* n) {
    return "L2-SP: what trains in " + type_name<S>() + " is pulled back to where it started (" + short_number(n[0]) +
           "), new tensors towards 0 (" + short_number(n[1]) + ")";
  }
  template <class Parts>
  using judge_recipe = detail::JudgePull<L2Sp, Parts>;
  template <class Model>
  using judge = judge_all<judge_selector<L2Sp, Model, S>, detail::JudgeRanges<L2Sp>>;
};

}  // namespace tuneit
