#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<5>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>>>>;
R recipe;
