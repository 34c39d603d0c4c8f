// build error: Takes<.*LabelSmoothing<.*ClassWeights<
// first error: NotAnOption.*CrossEntropy.*Gamma
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, CrossEntropy<Gamma<2>>>;
R recipe;
