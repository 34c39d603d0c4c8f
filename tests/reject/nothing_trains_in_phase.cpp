// build error: every parameter is frozen in this phase
// first error: NothingTrainsInPhase.*ResNet18.*2
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>, Freeze<All>>>>;
R recipe;
