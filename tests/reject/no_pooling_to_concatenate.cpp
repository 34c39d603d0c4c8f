// build error: ConcatPool changes the global average pooling
// first error: NoPoolingToConcatenate.*Mine.*ReplaceHead
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3}>>, ReLU, GlobalAvgPool>,
                            Block<"head", Named<"fc", Linear<4, 10>>>> {};
using R = Finetune<Mine, ReplaceHead<2, ConcatPool>>;
R recipe;
