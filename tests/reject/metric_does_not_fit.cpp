// build error: this metric means nothing for the targets
// first error: MetricDoesNotFit.*TopK.*MeanSquaredError
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, MeanSquaredError<>, Metrics<TopK<5>>>;
R recipe;
