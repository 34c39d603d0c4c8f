// build error: this is not a policy
// first error: NotAPolicy.*Layers<0, 3>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Layers<0, 3>>;
R recipe;
