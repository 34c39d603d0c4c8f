// build error: freezes the replaced head
// first error: FreezesNewHead.*ResNet18.*Layers<3, 6>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<3, 6>>>;
R recipe;
