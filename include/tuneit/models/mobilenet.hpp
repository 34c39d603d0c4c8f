#pragma once
// MobileNetV2 (arXiv 1801.04381) as torchvision has it, with torchvision's names (`features.1.conv.0.0.weight`,
// `classifier.1.weight`). Blocks: stem (features.0), stage1 to stage7 (features.1 to 17), last (features.18, the 1x1
// convolution to 1,280 channels), head (average, dropout, classifier).
#include <type_traits>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/initial.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {
namespace mobilenet {

/// torchvision's Conv2dNormActivation: modules 0 and 1, and ReLU6.
template <int In, int Out, Window W>
using ConvNorm = Seq<Named<"0", Conv2d<In, Out, W>>, Named<"1", BatchNorm2d<Out>>, ReLU6>;

/// 1x1 to more channels (not where Expand is 1), 3x3 in each of them, 1x1 to few; added to its input where shapes
/// agree.
template <int In, int Out, int Expand, int Stride>
struct InvertedResidual {
  static constexpr int mid = In * Expand;
  using depthwise = ConvNorm<mid, mid, Window{3, Stride, 1, mid}>;
  using project = Conv2d<mid, Out, Window{1}>;
  using norm = BatchNorm2d<Out>;
  using branch =
      std::conditional_t<Expand == 1, Named<"conv", Named<"0", depthwise>, Named<"1", project>, Named<"2", norm>>,
                         Named<"conv", Named<"0", ConvNorm<In, mid, Window{1}>>, Named<"1", depthwise>,
                               Named<"2", project>, Named<"3", norm>>>;
  using layers = std::conditional_t<Stride == 1 && In == Out, Residual<branch, Identity>, branch>;
};

/// A stage: its first block changes channels and stride, the others keep them. Blocks are numbered through `features`.
template <fixed_string Name, int First, int Count, int In, int Out, int Expand, int Stride>
using Stage = Block<Name, Named<"features", Repeat<First, 1, InvertedResidual<In, Out, Expand, Stride>>,
                                Repeat<First + 1, Count - 1, InvertedResidual<Out, Out, Expand, 1>>>>;

/// torchvision's start: depthwise convolutions by the fan out of the whole convolution, linear layers N(0, 0.01^2).
inline constexpr Initial initial{.linear_deviation = 0.01, .fan_out_per_group = false};

}  // namespace mobilenet

struct MobileNetV2 final
    : Network<Input<3, 224>, Block<"stem", Named<"features", Named<"0", mobilenet::ConvNorm<3, 32, Window{3, 2, 1}>>>>,
              mobilenet::Stage<"stage1", 1, 1, 32, 16, 1, 1>,     //
              mobilenet::Stage<"stage2", 2, 2, 16, 24, 6, 2>,     //
              mobilenet::Stage<"stage3", 4, 3, 24, 32, 6, 2>,     //
              mobilenet::Stage<"stage4", 7, 4, 32, 64, 6, 2>,     //
              mobilenet::Stage<"stage5", 11, 3, 64, 96, 6, 1>,    //
              mobilenet::Stage<"stage6", 14, 3, 96, 160, 6, 2>,   //
              mobilenet::Stage<"stage7", 17, 1, 160, 320, 6, 1>,  //
              Block<"last", Named<"features", Named<"18", mobilenet::ConvNorm<320, 1280, Window{1}>>>>,
              Block<"head", GlobalAvgPool, Dropout<0.2>, Named<"classifier", Named<"1", Linear<1280, 1000>>>>> {
  static constexpr Initial initial = mobilenet::initial;
};

}  // namespace tuneit
