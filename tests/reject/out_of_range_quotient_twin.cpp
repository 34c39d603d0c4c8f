#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, LrScale<Backbone, 1.0 / 10>>;
R recipe;
