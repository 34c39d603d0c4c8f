#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"conv1">, Alpha<8>>>;
R recipe;
