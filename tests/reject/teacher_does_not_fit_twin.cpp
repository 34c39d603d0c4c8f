#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<10>, Distill<Finetune<ResNet50, ReplaceHead<10>>>>;
R recipe;
