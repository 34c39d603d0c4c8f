#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Augment<ColorJitter<0.4>, RandomErasing<>>>;
R recipe;
