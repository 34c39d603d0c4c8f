#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, FrozenStats<Backbone>>;
R recipe;
