// build error: the model has no layer of this name
// first error: NoSuchLayer.*ResNet152.*layer3.36.*layer3.[0-9]
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet152, ReplaceHead<2>, Freeze<Layer<"layer3.36">>>;
R recipe;
