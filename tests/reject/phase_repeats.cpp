// build error: does what the first does
// first error: PhaseRepeats.*Phase.*Epochs<1>.*Phase.*Epochs<4>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R =
    Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>, Freeze<Backbone>>>>;
R recipe;
