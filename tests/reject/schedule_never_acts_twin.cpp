#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<15>, StepLr<Epochs<7>, 0.1>>;
R recipe;
