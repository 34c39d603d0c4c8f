// build error: Warmup
// first error: Warmup
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Warmup<500>>;
R recipe;
