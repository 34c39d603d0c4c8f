#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, CrossEntropy<LabelSmoothing<0.15>>>;
R recipe;
