// build error: nobody says how this metric is computed
// first error: MetricDoesNotRun.*Top2
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Top2 : MetricTag {
  static constexpr std::string_view name = "top2";
};
static_assert(detail::reported<metric_run_verdict<Top2>>());  // asked by Trainer
