#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = KerasTransfer<ResNet18, ReplaceHead<2>, Epochs<2>, Epochs<1>, Backbone>;
R recipe;
