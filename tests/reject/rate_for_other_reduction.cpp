// build error: meant for another reduction of the loss
// first error: RateForOtherReduction.*Sgd.*CrossEntropy.*Sum
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Sgd<Lr<1e-3>>, CrossEntropy<Sum>>;
R recipe;
