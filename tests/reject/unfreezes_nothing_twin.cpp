#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Freeze<Layers<0, 5>>, Unfreeze<Layer<"layer4">>>;
R recipe;
