#pragma once
// TinyNet: the network to test policies on. Three blocks whose table fits in one's head, with everything that a policy
// may treat in its own way: convolutions, batch norms, a repeated residual block, a head with weight and bias.
//    0 conv1.weight [8,3,3,3]   1 bn1.weight   2 bn1.bias   3 bn1.running_mean   4 .running_var   5
//    .num_batches_tracked 6 body.0.conv.weight [8,8,3,3]    7 to 11 body.0.bn.*
//   12 body.1.conv.weight [8,8,3,3]   13 to 17 body.1.bn.*
//   18 fc.weight [10,8]   19 fc.bias [10]
// Blocks: stem (rows 0 to 5), body (6 to 17), head (18 and 19). 1,506 parameters, 87,632 multiply-accumulates.
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {
namespace tiny {

struct ResidualBlock {
  using layers =
      Seq<Residual<Seq<Named<"conv", Conv2d<8, 8, Window{3, 1, 1}>>, Named<"bn", BatchNorm2d<8>>>, Identity>, ReLU>;
};

}  // namespace tiny

struct TinyNet final
    : Network<Input<3, 16>,
              Block<"stem", Named<"conv1", Conv2d<3, 8, Window{3, 2, 1}>>, Named<"bn1", BatchNorm2d<8>>, ReLU>,
              Block<"body", Named<"body", Repeat<0, 2, tiny::ResidualBlock>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 10>>>> {};

}  // namespace tuneit
