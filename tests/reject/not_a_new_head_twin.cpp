#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = KerasTransfer<ResNet18, ReplaceHead<2>, Epochs<20>, Epochs<10>>;
R recipe;
