// build error: freezes the statistics of a batch norm
// first error: StatisticsContradict.*ResNet18.*FrozenStats.*BatchStats
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, FrozenStats<Norms>, BatchStats<Layers<1, 5>>>;
R recipe;
