#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, GroupOf<Layer<"layer4">, AdamW<>>>;
R recipe;
