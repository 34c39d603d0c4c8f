// build error: only where all losses divide by the same weights
// first error: AccumulatesWeightsApart.*Accumulate.*Losses
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using Plain = CrossEntropy<>;
using Heavy = CrossEntropy<ClassWeights<1, 5>>;
using R = Finetune<ResNet18, ReplaceHead<2>, Accumulate<4>, Losses<Weighted<Plain, 1>, Weighted<Heavy, 0.5>>>;
R recipe;
