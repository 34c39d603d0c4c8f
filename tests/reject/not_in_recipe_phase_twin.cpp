#include <tuneit/recipe.hpp>
using namespace tuneit;
using Whole = Finetune<ResNet18, ReplaceHead<2>>;
using R = InPhase<Whole, 0>;
R recipe;
