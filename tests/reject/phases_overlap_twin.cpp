#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Span<0, 1>, Freeze<Backbone>>, Phase<Span<1, 5>>>>;
R recipe;
