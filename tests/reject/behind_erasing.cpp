// build error: put RandomErasing last
// first error: BehindErasing.*ColorJitter.*RandomErasing
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Augment<RandomErasing<>, ColorJitter<0.4>>>;
R recipe;
