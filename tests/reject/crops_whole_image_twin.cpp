#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Augment<WholeImage, HorizontalFlip<>>, TestViews<Mirror>>;
R recipe;
