#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet152, ReplaceHead<2>, Freeze<Layer<"layer3.35">>>;
R recipe;
