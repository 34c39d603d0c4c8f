// build error: as many ClassWeights as classes
// first error: LossDoesNotFitHead.*CrossEntropy.*ClassWeights<1, 2, 3>.*2
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, CrossEntropy<ClassWeights<1, 2, 3>>>;
R recipe;
