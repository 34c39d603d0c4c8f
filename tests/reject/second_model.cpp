// build error: a recipe has one model
// first error: SecondModel.*ResNet18.*ResNet50
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ResNet50, ReplaceHead<2>>;
R recipe;
