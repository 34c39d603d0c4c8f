#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Freeze<Layers<0, 3>>, Recompute<Layer<"layer3">>>;
R recipe;
