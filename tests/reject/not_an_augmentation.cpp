// build error: Augment is made of steps
// first error: NotAnAugmentation.*Augment.*Mixup
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Augment<HorizontalFlip<>, Mixup<>>>;
R recipe;
