#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>, Freeze<Norms>>>>;
R recipe;
