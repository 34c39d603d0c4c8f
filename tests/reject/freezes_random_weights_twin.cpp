#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Reinitialise<Layer<"layer4">>, Freeze<Layers<0, 4>>>;
R recipe;
