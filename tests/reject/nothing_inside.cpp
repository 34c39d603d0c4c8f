// build error: there is nothing inside of this
// first error: NothingInside.*Layer
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layer<>>>;
R recipe;
