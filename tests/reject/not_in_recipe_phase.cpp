// build error: this is not in the recipe
// first error: NotInRecipe.*ResNet18.*In<1>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using Whole = Finetune<ResNet18, ReplaceHead<2>>;
using R = InPhase<Whole, 1>;
R recipe;
