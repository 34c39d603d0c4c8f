#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, AdamW<Lr<1.0 / 1000>>>;
R recipe;
