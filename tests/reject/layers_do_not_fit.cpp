// build error: layers of this model do not fit together
// first error: LayersDoNotFit.*Mine.*head.*Arrives<4, 1, 1>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3}>>, ReLU>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<5, 10>>>> {};
using R = Finetune<Mine, ReplaceHead<2>>;
R recipe;
