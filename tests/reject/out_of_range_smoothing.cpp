// build error: NumberIs<.*label-smoothing.*be::InUnder<
// first error: OutOfRange.*LabelSmoothing
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, CrossEntropy<LabelSmoothing<1.5>>>;
R recipe;
