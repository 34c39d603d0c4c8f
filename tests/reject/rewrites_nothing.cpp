// build error: would change nothing
// first error: RewritesNothing
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Norms>>;
R recipe;
