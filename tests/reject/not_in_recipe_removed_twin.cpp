#include <tuneit/recipe.hpp>
using namespace tuneit;
using Long = Finetune<ResNet18, ReplaceHead<2>, Epochs<20>>;
using R = Remove<Long, Epochs<20>>;
R recipe;
