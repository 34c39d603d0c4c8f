#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, FrozenStats<Layers<0, 1>>, BatchStats<Layers<1, 5>>>;
R recipe;
