// build error: RecipeHas<tuneit::Epochs<20>
// first error: NotInRecipe.*Epochs<20>.*Epochs<10>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using Long = Finetune<ResNet18, ReplaceHead<2>, Epochs<20>>;
using R = Remove<Long, Epochs<10>>;
R recipe;
