// build error: no module whose name is this
// first error: NoSuchModule.*DidYouMean.*conv1
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"con1">>>;
R recipe;
