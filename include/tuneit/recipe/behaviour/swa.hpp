#pragma once
// Stochastic weight averaging.
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/duration.hpp"

namespace tuneit {

/// Stochastic weight averaging (arXiv 1803.05407): after the epochs `After`, the mean of the weights at the end of each
/// epoch is kept beside them, and tests, best weights and saved files use it. Buffers of floating point (running
/// statistics) are averaged too, as torch's AveragedModel does with use_buffers=True. Combine it with a schedule that
/// ends in a constant or cyclic rate.
template <class After>
struct Swa : PolicyTag {
  static constexpr Moments acts = OnStart | AfterLastStep | BeforeEvaluation;
  static constexpr Effects effects{.weight_copies = 1};
  static constexpr std::array numbers{Hyperparameter{.name = "swa-after",
                                                     .value = detail::count_of<After>(),
                                                     .most = 1e6,
                                                     .whole = true,
                                                     .unit = "epochs",
                                                     .about = "before weights are averaged"}};
  template <class Model>
  using judge = judge_all<Demand<detail::is_epochs<After>, NotADuration<Swa, After>>, detail::JudgeRanges<Swa>>;
  template <class Parts>
  using judge_recipe = Demand<(detail::count_of<After>() < Parts::epochs), ScheduleNeverActs<Swa, Parts::epochs>>;
  template <class Times>
  static void judge_time(Times& all, const double* n) {
    if (n[0] >= all.epochs())
      all.template never_acts<Swa>("weights are averaged after " + short_number(n[0], 9) + " epochs");
  }
  static std::string sentence(const double* n) {
    return "tests and files use the mean of the weights after epoch " + short_number(n[0] + 1) + " and each later one";
  }
};

}  // namespace tuneit
