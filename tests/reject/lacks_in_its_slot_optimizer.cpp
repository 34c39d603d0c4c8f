// build error: this optimizer lacks what is named last
// first error: LacksInItsSlot.*Slow.*option_numbers
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Slow : PolicyTag {
  using slot = slots::Optimizer;
};
using R = Finetune<ResNet18, Slow>;
R recipe;
