// build error: epochs that belong to none
// first error: PhasesLeaveGap.*Span<0, 1>.*Span<2, 5>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Span<0, 1>, Freeze<Backbone>>, Phase<Span<2, 5>>>>;
R recipe;
