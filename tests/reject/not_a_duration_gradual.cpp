// build error: takes a length of time
// first error: NotADuration.*GradualUnfreeze.*Head
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, GradualUnfreeze<Head, Epochs<1>>>;
R recipe;
