#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Net final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 16, Window{3, 1, 1}>>, ReLU>,
                           Block<"head", GlobalAvgPool, Named<"fc", Linear<16, 2>>>> {};
using R = Finetune<Net>;
R recipe;
