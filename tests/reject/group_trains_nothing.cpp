// build error: none of the tensors in this group trains
// first error: GroupTrainsNothing.*GroupOf
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Backbone>, GroupOf<Layer<"layer4">, AdamW<>>>;
R recipe;
