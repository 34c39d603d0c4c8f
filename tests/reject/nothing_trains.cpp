// build error: every parameter of this recipe is frozen
// first error: NothingTrains.*ResNet18
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<All>>;
R recipe;
