#pragma once
// A training that no longer gets better ends.
#include <array>
#include <string>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/duration.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace detail {

template <class P>
concept SaysStops = requires {
  P::stops;
};
template <class P>
concept HasStops = requires {
  { P::stops } -> Is<bool>;
};

}  // namespace detail

namespace slots {
struct EarlyStop {
  template <class P, class Model>
  static constexpr SlotAsks asks = {
      {{detail::SaysStops<P>, detail::HasStops<P>, "stops"}, detail::asked_numbers<P, 2>}};
};
}  // namespace slots

/// Ends the training when the test loss has not fallen (by more than MinDelta) for Patience epochs; without a test
/// part, the training loss. Keras' EarlyStopping with its defaults.
template <class P, auto MinDelta>
struct EarlyStop : PolicyTag {
  using slot = slots::EarlyStop;
  static constexpr bool stops = true;
  static constexpr Moments acts = OnEpoch;
  static constexpr std::array numbers{
      Hyperparameter{.name = "patience",
                     .value = detail::count_of<P>(),
                     .least = 1,
                     .most = 1e6,
                     .whole = true,
                     .unit = "epochs",
                     .about = "without a lower test loss end the training"},
      Hyperparameter{.name = "min-delta", .value = static_cast<double>(MinDelta), .about = "what counts as lower"}};
  static constexpr Topic topic = Topic::Ending;
  template <class Parts>
  static std::string sentence_in(const double* n) {
    using Watched = typename Parts::monitor::metric;
    std::string text = "ends early after " + short_number(n[0]) + " epochs without ";
    if constexpr (std::is_void_v<Watched>)
      text += "a test loss that is lower";
    else
      text.append(Watched::lower_is_better ? "a lower " : "a higher ").append(Watched::name);
    return text + (n[1] > 0 ? " by more than " + short_number(n[1]) : "");
  }
  template <class Parts>
  using judge_recipe = Demand<(detail::count_of<P>() < Parts::epochs), NeverStops<EarlyStop, Parts::epochs>>;
  template <class Times>
  static void judge_time(Times& all, const double* n) {
    if (n[0] >= all.epochs()) all.template never_stops<EarlyStop>("patience is " + short_number(n[0], 9) + " epochs");
  }
  template <class Model>
  using judge = judge_all<Demand<detail::is_patience<P>, NotADuration<EarlyStop, P>>, detail::JudgeRanges<EarlyStop>>;
};

}  // namespace tuneit
