// build error: every tensor that this policy scales is frozen
// first error: ScalesFrozen.*ResNet18.*LrScale
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Backbone>, LrScale<Layer<"layer4">, 2>>;
R recipe;
