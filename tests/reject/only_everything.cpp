// build error: so it freezes nothing
// first error: OnlyEverything.*TrainOnly<.*Union<.*Backbone, .*Head>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, TrainOnly<Union<Backbone, Head>>>;
R recipe;
