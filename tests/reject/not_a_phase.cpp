// build error: Phases is made of phases
// first error: NotAPhase.*Freeze.*Backbone
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Phases<Freeze<Backbone>>>;
R recipe;
