#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, L2Sp<1, 0, Backbone>>;
R recipe;
