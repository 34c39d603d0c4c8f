#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>,
                   Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>, Freeze<Layers<0, 3>>>>>;
R recipe;
