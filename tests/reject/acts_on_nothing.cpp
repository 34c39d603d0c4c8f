// build error: none trains that it could act on
// first error: ActsOnNothing.*ResNet18.*Mixout
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<3>, Mixout<0.7, All>>;
R recipe;
