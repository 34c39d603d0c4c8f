// build error: that a rule .Lora. has added
// first error: FreezesAdapters
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Backbone>, Lora<Modules<"conv1">>>;
R recipe;
