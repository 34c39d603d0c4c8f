#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Top2 : MetricTag {
  static constexpr std::string_view name = "top2";
};
template <>
struct tuneit::Metric<Top2> {
  void add();
  void read();
  void reset();
};
static_assert(detail::reported<metric_run_verdict<Top2>>());  // asked by Trainer
