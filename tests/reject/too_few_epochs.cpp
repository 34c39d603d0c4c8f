// build error: do not suffice for them
// first error: TooFewEpochs.*GradualUnfreeze.*6.*3.*6
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, GradualUnfreeze<Epochs<1>>, Epochs<3>>;
R recipe;
