#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Side<32>>;
R recipe;
