// build error: this one lacks the member that is named last
// first error: LacksInItsSlot.*Huber.*kind
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Huber : PolicyTag {
  using slot = slots::Loss;
};
using R = Finetune<ResNet18, Huber>;
R recipe;
