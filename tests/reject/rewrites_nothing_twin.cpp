#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"conv2">>>;
R recipe;
