// build error: the model has no layer of this name
// first error: NoSuchLayer.*ResNet18.*layr4.*layer4
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layer<"layr4">>, LrScale<Head, 10>>;
R recipe;
