// build error: above that of the smallest weight
// first error: RankTooLarge.*64
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"conv2">, Rank<65>>>;
R recipe;
