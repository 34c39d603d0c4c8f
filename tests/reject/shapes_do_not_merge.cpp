// build error: have shapes that cannot be merged
// first error: ShapesDoNotMerge.*Mine.*body.*c3.*Arrives<4, 4, 4>.*Arrives<4, 8, 8>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                            Block<"body", Save<"c3">, MaxPool2d<Window{2, 2}>, Merge<Add, "c3">>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
using R = Finetune<Mine, ReplaceHead<2>>;
R recipe;
