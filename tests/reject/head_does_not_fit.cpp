// build error: no head for this task
// first error: HeadDoesNotFit.*Classify.*ResNet18
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Classify<2>>;
R recipe;
