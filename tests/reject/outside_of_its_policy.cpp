// build error: this is no policy by itself but an option of an optimizer, and the recipe has none
// first error: OutsideOfItsPolicy.*Lr.*GoesInto.*Sgd
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Lr<1e-2>>;
R recipe;
