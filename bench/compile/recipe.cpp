// The same recipe without LibTorch: its plan is computed and printed.
#include <tuneit/recipe.hpp>
using namespace tuneit;

using Recipe = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>>;
static_assert(trainable_parameters<Recipe> > 0);

std::string describe() { return explain<Recipe>(); }
