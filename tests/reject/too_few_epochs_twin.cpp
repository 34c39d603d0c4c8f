#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, GradualUnfreeze<Epochs<1>>, Epochs<6>>;
R recipe;
