// build error: NotADuration
// first error: NotADuration
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, EarlyStop<int>, Epochs<9>>;
R recipe;
