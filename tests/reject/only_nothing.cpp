// build error: selects no tensor of the model, so nothing would train
// first error: OnlyNothing.*TrainOnly.*Match.*layer4
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, TrainOnly<Match<"layer4">>>;
R recipe;
