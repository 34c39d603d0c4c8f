#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Net final : Network<Input<3, 8>, Block<"head", GlobalAvgPool, Named<"fc", Linear<3, 5>>>> {};
Finetune<Net> recipe;
