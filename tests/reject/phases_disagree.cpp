// build error: another length together than the recipe
// first error: PhasesDisagree.*9.*5
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<9>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>>>>;
R recipe;
