#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<3, Dropout<0.1>>, RDrop<1.0>>;
R recipe;
