// build error: has no such option
// first error: NotAnOption.*Sgd.*Norms
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Sgd<Norms>>;
R recipe;
