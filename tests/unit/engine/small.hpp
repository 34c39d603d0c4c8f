#pragma once
// What tests of a training train: a network with batch norms that takes no time.
#include "tuneit/recipe.hpp"

namespace networks {

using namespace tuneit;

struct Small final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<8>>, ReLU>,
              Block<"body", Named<"b", Conv2d<8, 8, Window{3, 1, 1}>>, Named<"m", BatchNorm2d<8>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 5>>>> {};

}  // namespace networks
