// build error: this policy takes a length of time
// first error: NotADuration.*Warmup.*int
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Warmup<int>>;
R recipe;
