// build error: this loss lacks the member that is named last
// first error: LacksInItsSlot.*Own.*targets
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Own : PolicyTag {
  using slot = slots::Loss;
};
using R = Finetune<ResNet18, Own>;
R recipe;
