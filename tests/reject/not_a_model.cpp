// build error: must be a model
// first error: NotAModel.*ReplaceHead<2
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ReplaceHead<2>, Freeze<Norms>>;
R recipe;
