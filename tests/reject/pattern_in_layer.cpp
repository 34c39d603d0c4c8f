// build error: Layer takes names as they are
// first error: PatternInLayer.*ResNet18.*layer4
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layer<"layer4.*">>>;
R recipe;
