// build error: see DidYouMean for the nearest
// first error: NoSuchLayer.*module.layer1.*DidYouMean.*"layer1"
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layer<"module.layer1">>>;
R recipe;
