// build error: no policy by itself
// first error: OutsideOfItsPolicy.*HorizontalFlip.*Augment
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, HorizontalFlip<>>;
R recipe;
