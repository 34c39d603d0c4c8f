// build error: compares two passes of a batch
// first error: DrawsNothing.*ResNet18.*RDrop
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<3>, RDrop<1.0>>;
R recipe;
