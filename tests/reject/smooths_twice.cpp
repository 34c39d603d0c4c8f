// build error: SoftTargets are probabilities already
// first error: SmoothsTwice.*CrossEntropy.*SoftTargets
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, CrossEntropy<SoftTargets, LabelSmoothing<0.1>>>;
R recipe;
