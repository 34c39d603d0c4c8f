#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<50>, EarlyStop<Patience<10>>>;
R recipe;
