#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Distill<ResNet50, Temperature<2>>>;
R recipe;
