#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, EarlyStop<Patience<2>>>;
R recipe;
