// build error: these two phases share epochs
// first error: PhasesOverlap.*Span<0, 2>.*Span<1, 5>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Span<0, 2>, Freeze<Backbone>>, Phase<Span<1, 5>>>>;
R recipe;
