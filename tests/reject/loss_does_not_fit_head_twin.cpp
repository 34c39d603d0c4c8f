#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<1>, BinaryCrossEntropy<>>;
R recipe;
