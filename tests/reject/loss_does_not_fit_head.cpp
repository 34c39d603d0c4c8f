// build error: does not fit a head with so many outputs
// first error: LossDoesNotFitHead.*CrossEntropy.*1
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<1>>;
R recipe;
