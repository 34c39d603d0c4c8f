#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, TrainOnly<Union<Biases, Head>>>;
R recipe;
