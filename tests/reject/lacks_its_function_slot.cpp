// build error: what ours in that slot have
// first error: LacksItsFunction.*MyLoss
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct MyLoss : PolicyTag {
  using slot = slots::Loss;
};
using R = Finetune<ResNet18, MyLoss>;
R recipe;
