// build error: outside of its range
// first error: OutOfRange.*LrScale
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, LrScale<Head, 0>>;
R recipe;
