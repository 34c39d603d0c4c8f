#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"conv1">>,
                   Lora<Intersect<Layer<"layer4">, Modules<"conv2">>, Rank<4>>>;
R recipe;
