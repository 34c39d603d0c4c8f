// build error: a phase: Epochs<N> or
// first error: NotADuration.*Phase.*Freeze.*Backbone
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Freeze<Backbone>, Epochs<1>>>>;
R recipe;
