// build error: cannot have this for itself
// first error: NotInAGroup.*GroupOf.*CrossEntropy
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, GroupOf<Head, AdamW<>, CrossEntropy<>>>;
R recipe;
