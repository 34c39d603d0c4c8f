#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 4>>, LrScale<Layer<"layer4">, 2>>;
R recipe;
