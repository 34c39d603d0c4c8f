#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, TrainOnly<Union<Layer<"layer4">, Head>>>;
R recipe;
