// build error: NumberIs<.*momentum.*be::In<
// first error: OutOfRange.*Momentum
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Sgd<Momentum<9>>>;
R recipe;
