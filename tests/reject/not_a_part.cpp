// build error: put layers into a Block
// first error: NotAPart
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Net final : Network<Input<3, 8>, GlobalAvgPool, Block<"head", Named<"fc", Linear<3, 5>>>> {};
Finetune<Net> recipe;
