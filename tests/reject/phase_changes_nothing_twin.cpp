#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, GradualUnfreeze<Epochs<1>, Head, Layer<"layer4">, Layer<"layer3">>>;
R recipe;
