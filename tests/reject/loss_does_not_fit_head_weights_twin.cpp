#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, CrossEntropy<ClassWeights<1, 2>>>;
R recipe;
