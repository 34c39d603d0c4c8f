// build error: cannot change from phase to phase
// first error: NotInAPhase.*Phase.*ReplaceHead
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Phases<Phase<Epochs<1>, ReplaceHead<2>>>>;
R recipe;
