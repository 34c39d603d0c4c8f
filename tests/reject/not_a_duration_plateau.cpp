// build error: NotADuration
// first error: NotADuration
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Plateau<0.1, int>, Epochs<9>>;
R recipe;
