// build error: cut the picture to its final size
// first error: TwoCrops.*RandomResizedCrop.*CenterCrop
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Augment<RandomResizedCrop<>, CenterCrop<>>>;
R recipe;
