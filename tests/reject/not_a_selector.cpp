// build error: this policy takes a selector
// first error: NotASelector.*Freeze.*ResNet18
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<ResNet18>>;
R recipe;
