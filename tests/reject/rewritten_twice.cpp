// build error: has changed already
// first error: RewrittenTwice
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"conv1">>, Lora<Layer<"layer4">, Rank<4>>>;
R recipe;
