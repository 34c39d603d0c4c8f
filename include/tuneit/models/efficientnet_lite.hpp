#pragma once
// EfficientNet-Lite0 to 4 (MBConv blocks without squeeze-and-excitation, ReLU6; scaling of arXiv 1905.11946) with the
// names of the PyTorch port that carries their ImageNet weights (`_blocks.0._depthwise_conv.weight`, ...).
// Blocks: stem, stage1 to stage7, features (1x1 convolution to 1,280 channels), head.
#include <type_traits>

#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {
namespace efficientnet {

inline constexpr NormOptions norm{1e-3, 0.01};

/// What distinguishes the variants; width, depth and dropout in percent. Stem and features keep their width, the first
/// and the last stage their depth.
struct Scaling {
  int width, depth, side, dropout;
};

/// Channels times the width, to a multiple of 8, never more than 10 % down.
constexpr int channels(int base, Scaling s) {
  const int scaled = base * s.width;  // in hundredths
  int rounded = (scaled + 400) / 800 * 8;
  if (rounded < 8) rounded = 8;
  return 1000 * rounded < 9 * scaled ? rounded + 8 : rounded;
}
constexpr int repeats(int base, Scaling s) { return (base * s.depth + 99) / 100; }

template <int In, int Out, int Expand, int Kernel, int Stride, int Total>
struct MbConv {
  static constexpr int mid = In * Expand;
  using expand = std::conditional_t<
      Expand == 1, Seq<>,
      Seq<Named<"_expand_conv", Conv2d<In, mid, Window{1}>>, Named<"_bn0", BatchNorm2d<mid, norm>>, ReLU6>>;
  using rest = Seq<Named<"_depthwise_conv", Conv2d<mid, mid, Window{Kernel, Stride, Same, mid}>>,
                   Named<"_bn1", BatchNorm2d<mid, norm>>, ReLU6, Named<"_project_conv", Conv2d<mid, Out, Window{1}>>,
                   Named<"_bn2", BatchNorm2d<Out, norm>>>;
  using layers =
      std::conditional_t<Stride == 1 && In == Out, Residual<Seq<expand, rest, StochasticDepth<0.2, Total>>, Identity>,
                         Seq<expand, rest>>;
};

// A stage: its first block changes channels and stride, the others keep them. Blocks are numbered through the network.
template <fixed_string Name, int First, int Count, int In, int Out, int Expand, int Kernel, int Stride, int Total>
using Stage = Block<Name, Named<"_blocks", Repeat<First, 1, MbConv<In, Out, Expand, Kernel, Stride, Total>>,
                                Repeat<First + 1, Count - 1, MbConv<Out, Out, Expand, Kernel, 1, Total>>>>;

template <Scaling S>
struct Lite {
  static constexpr int c1 = channels(16, S), c2 = channels(24, S), c3 = channels(40, S), c4 = channels(80, S),
                       c5 = channels(112, S), c6 = channels(192, S), c7 = channels(320, S);
  static constexpr int n2 = repeats(2, S), n3 = repeats(2, S), n4 = repeats(3, S), n5 = repeats(3, S),
                       n6 = repeats(4, S);
  static constexpr int b2 = 1, b3 = b2 + n2, b4 = b3 + n3, b5 = b4 + n4, b6 = b5 + n5, b7 = b6 + n6, total = b7 + 1;

  using network = Network<Input<3, S.side>,
                          Block<"stem", Named<"_conv_stem", Conv2d<3, 32, Window{3, 2, Same}>>,
                                Named<"_bn0", BatchNorm2d<32, norm>>, ReLU6>,
                          Stage<"stage1", 0, 1, 32, c1, 1, 3, 1, total>,    //
                          Stage<"stage2", b2, n2, c1, c2, 6, 3, 2, total>,  //
                          Stage<"stage3", b3, n3, c2, c3, 6, 5, 2, total>,  //
                          Stage<"stage4", b4, n4, c3, c4, 6, 3, 2, total>,  //
                          Stage<"stage5", b5, n5, c4, c5, 6, 5, 1, total>,  //
                          Stage<"stage6", b6, n6, c5, c6, 6, 5, 2, total>,  //
                          Stage<"stage7", b7, 1, c6, c7, 6, 3, 1, total>,   //
                          Block<"features", Named<"_conv_head", Conv2d<c7, 1280, Window{1}>>,
                                Named<"_bn1", BatchNorm2d<1280, norm>>, ReLU6>,
                          Block<"head", GlobalAvgPool, Dropout<S.dropout / 100.0>, Named<"_fc", Linear<1280, 1000>>>>;
};

}  // namespace efficientnet

struct EfficientNetLite0 final : efficientnet::Lite<efficientnet::Scaling{100, 100, 224, 20}>::network {};
struct EfficientNetLite1 final : efficientnet::Lite<efficientnet::Scaling{100, 110, 240, 20}>::network {};
struct EfficientNetLite2 final : efficientnet::Lite<efficientnet::Scaling{110, 120, 260, 30}>::network {};
struct EfficientNetLite3 final : efficientnet::Lite<efficientnet::Scaling{120, 140, 280, 30}>::network {};
struct EfficientNetLite4 final : efficientnet::Lite<efficientnet::Scaling{140, 180, 300, 30}>::network {};

}  // namespace tuneit
