#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Epochs<1>, Freeze<Backbone>>>>;
R recipe;
