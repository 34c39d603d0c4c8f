// build error: part of one that the recipe has
// first error: OutsideOfItsPolicy.*Lr<.*GoesInto<.*AdamW<.*Lr<.*InPlaceOf<.*AdamW<>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, AdamW<>, Lr<1e-3>>;
R recipe;
