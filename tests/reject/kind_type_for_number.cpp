// build error: LrScale
// first error: LrScale
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, LrScale<10, Head>>;
R recipe;
