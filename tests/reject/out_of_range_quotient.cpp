// build error: 1 / 10 is 0: write 0.1
// first error: OutOfRange.*LrScale<.*Backbone, 0>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, LrScale<Backbone, 1 / 10>>;
R recipe;
