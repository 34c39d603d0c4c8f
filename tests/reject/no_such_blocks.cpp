// build error: needs 0 <= First < Last <= number of top-level blocks
// first error: NoSuchBlocks.*ResNet18.*Layers<0, 7>.*6
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 7>>>;
R recipe;
