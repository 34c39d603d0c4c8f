#include <tuneit/recipe.hpp>
using namespace tuneit;
using Two = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 1>>, Freeze<Norms>>;
using R = Remove<Two, Freeze<Norms>>;
R recipe;
