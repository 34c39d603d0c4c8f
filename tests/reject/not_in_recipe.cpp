// build error: this is not in the recipe
// first error: NotInRecipe.*ResNet18.*LrScale
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, LrScale<Head, 10>>;
double rate(const Settings& s) { return value_of<R, LrScale<Head, 5>>(s); }
