// build error: nothing that this policy unfreezes is frozen
// first error: UnfreezesNothing.*ResNet18.*Unfreeze.*layer4
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Freeze<Layers<0, 3>>, Unfreeze<Layer<"layer4">>>;
R recipe;
