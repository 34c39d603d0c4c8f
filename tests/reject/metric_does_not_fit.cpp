// build error: the five largest of numbers that are predicted
// first error: MetricDoesNotFit.*TopK.*MeanSquaredError
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, MeanSquaredError<>, Metrics<TopK<5>>>;
R recipe;
