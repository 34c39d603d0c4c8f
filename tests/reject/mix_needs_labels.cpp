// build error: mixed pictures have mixed labels
// first error: MixNeedsLabels.*Mixup.*MeanSquaredError
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, MeanSquaredError<>, Mixup<>>;
R recipe;
