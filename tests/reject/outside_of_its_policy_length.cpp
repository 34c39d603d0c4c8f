// build error: how long the training is, is said in Epochs<N>
// first error: OutsideOfItsPolicy.*Steps<1000>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Steps<1000>>;
R recipe;
