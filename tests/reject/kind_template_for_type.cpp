// build error: Sgd
// first error: Sgd
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Sgd>;
R recipe;
