#pragma once
// ResNet-18 to ResNet-152 (arXiv 1512.03385) as torchvision has them ("v1.5": the stride of a bottleneck is in its
// 3x3 convolution), with torchvision's names. Blocks: stem, layer1 to layer4, head.
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {
namespace resnet {

template <int In, int Out, int Stride = 1>
using Conv3x3 = Conv2d<In, Out, Window{3, Stride, 1}>;
template <int In, int Out, int Stride = 1>
using Conv1x1 = Conv2d<In, Out, Window{1, Stride, 0}>;

// A shortcut is the input itself where shapes agree, else a 1x1 convolution and a batch norm.
template <int In, int Out, int Stride>
struct Downsample {
  using layers = Named<"downsample", Named<"0", Conv1x1<In, Out, Stride>>, Named<"1", BatchNorm2d<Out>>>;
};
template <int C>
struct Downsample<C, C, 1> {
  using layers = Identity;
};

template <int In, int Width, int Stride = 1>
struct BasicBlock {
  static constexpr int out = Width;
  using body = Seq<Named<"conv1", Conv3x3<In, Width, Stride>>, Named<"bn1", BatchNorm2d<Width>>, ReLU,
                   Named<"conv2", Conv3x3<Width, Width>>, Named<"bn2", BatchNorm2d<Width>>>;
  using layers = Seq<Residual<body, Downsample<In, out, Stride>>, ReLU>;
};

template <int In, int Width, int Stride = 1>
struct Bottleneck {
  static constexpr int out = 4 * Width;
  using body = Seq<Named<"conv1", Conv1x1<In, Width>>, Named<"bn1", BatchNorm2d<Width>>, ReLU,
                   Named<"conv2", Conv3x3<Width, Width, Stride>>, Named<"bn2", BatchNorm2d<Width>>, ReLU,
                   Named<"conv3", Conv1x1<Width, out>>, Named<"bn3", BatchNorm2d<out>>>;
  using layers = Seq<Residual<body, Downsample<In, out, Stride>>, ReLU>;
};

template <template <int, int, int> class B, int In, int Width, int Stride, int Depth>
using Stage = Seq<Repeat<0, 1, B<In, Width, Stride>>, Repeat<1, Depth - 1, B<B<In, Width, Stride>::out, Width, 1>>>;

template <template <int, int, int> class B, int D1, int D2, int D3, int D4, int E = B<64, 64, 1>::out / 64>
using Architecture = Network<Input<3, 224>,
                             Block<"stem", Named<"conv1", Conv2d<3, 64, Window{7, 2, 3}>>,
                                   Named<"bn1", BatchNorm2d<64>>, ReLU, MaxPool2d<Window{3, 2, 1}>>,
                             Block<"layer1", Named<"layer1", Stage<B, 64, 64, 1, D1>>>,
                             Block<"layer2", Named<"layer2", Stage<B, 64 * E, 128, 2, D2>>>,
                             Block<"layer3", Named<"layer3", Stage<B, 128 * E, 256, 2, D3>>>,
                             Block<"layer4", Named<"layer4", Stage<B, 256 * E, 512, 2, D4>>>,
                             Block<"head", GlobalAvgPool, Named<"fc", Linear<512 * E, 1000>>>>;

}  // namespace resnet

struct ResNet18 final : resnet::Architecture<resnet::BasicBlock, 2, 2, 2, 2> {};
struct ResNet34 final : resnet::Architecture<resnet::BasicBlock, 3, 4, 6, 3> {};
struct ResNet50 final : resnet::Architecture<resnet::Bottleneck, 3, 4, 6, 3> {};
struct ResNet101 final : resnet::Architecture<resnet::Bottleneck, 3, 4, 23, 3> {};
struct ResNet152 final : resnet::Architecture<resnet::Bottleneck, 3, 8, 36, 3> {};

}  // namespace tuneit
