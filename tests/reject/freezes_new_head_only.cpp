// build error: this policy freezes the replaced head.*of TrainOnly: add it
// first error: FreezesNewHead.*TrainOnly.*layer4
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, TrainOnly<Layer<"layer4">>>;
R recipe;
