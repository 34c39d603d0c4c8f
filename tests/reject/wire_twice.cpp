// build error: there are two wires
// first error: WireTwice.*Mine.*c3
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                            Block<"body", Save<"c3">, Tanh, Save<"c3">, Sigmoid, Merge<Add, "c3">>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
using R = Finetune<Mine, ReplaceHead<2>>;
R recipe;
