// build error: share a tensor
// first error: GroupsOverlap.*ResNet18
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, DiscriminativeRates<0.01, Layers<0, 4>, Layers<3, 5>, Head>>;
R recipe;
