// build error: Freeze
// first error: Freeze
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<>>;
R recipe;
