#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, TrainOnly<Match<"layer4.*">>>;
R recipe;
