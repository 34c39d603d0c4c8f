// build error: there is a selector for that
// first error: NoSuchLayer.*backbone.*WithoutLayer<.*Backbone>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layer<"backbone">>>;
R recipe;
