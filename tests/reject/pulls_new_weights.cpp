// build error: L2Sp pulls tensors back
// first error: PullsNewWeights.*ResNet18.*L2Sp
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, L2Sp<1, 0, All>>;
R recipe;
