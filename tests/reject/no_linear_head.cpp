// build error: replaces the last linear layer of the last block
// first error: NoLinearHead.*Mine.*ReplaceHead
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3}>>, ReLU>,
                            Block<"head", Named<"last", Conv2d<4, 10, Window{1}>>, GlobalAvgPool>> {};
using R = Finetune<Mine, ReplaceHead<2>>;
R recipe;
