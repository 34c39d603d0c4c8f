// build error: this is no metric
// first error: NotAMetric.*Top2
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Top2 : MetricTag {
  static constexpr std::string_view nam = "top2";
};
using R = Finetune<ResNet18, Metrics<Top2>>;
R recipe;
