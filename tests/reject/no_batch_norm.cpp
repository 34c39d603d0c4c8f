// build error: about the statistics of batch norms
// first error: NoBatchNorm.*ResNet18.*FrozenStats.*Head
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, FrozenStats<Head>>;
R recipe;
