// build error: would keep no less if it were computed again
// first error: RecomputesNothing
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Freeze<Layers<0, 3>>, Recompute<Layer<"layer1">>>;
R recipe;
