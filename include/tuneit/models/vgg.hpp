#pragma once
// VGG-11, 13, 16 and 19, without and with batch norm (arXiv 1409.1556), as torchvision has them, with torchvision's
// names (`features.0.weight`, `classifier.6.weight`). Blocks: stage1 to stage5 (3x3 convolutions up to and including
// their max pool), hidden (average over a 7x7 grid, classifier.0 and .3), head (dropout, classifier.6). A new head thus
// replaces the last linear layer alone.
#include <utility>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/initial.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {
namespace vgg {

/// Module numbers of a convolution with what belongs to it: convolution, batch norm, activation.
template <bool Norm>
inline constexpr int modules = Norm ? 3 : 2;

template <bool Norm, int At, int In, int Out>
struct Unit {
  using layers = Seq<Named<number_name<At>, Conv2d<In, Out, Window{3, 1, 1}, true>>, ReLU>;
};
template <int At, int In, int Out>
struct Unit<true, At, In, Out> {
  using layers = Seq<Named<number_name<At>, Conv2d<In, Out, Window{3, 1, 1}, true>>,
                     Named<number_name<At + 1>, BatchNorm2d<Out>>, ReLU>;
};

template <bool Norm, int First, int In, int Out, int... I>
Named<"features", Unit<Norm, First + modules<Norm> * I, I == 0 ? In : Out, Out>...> units(
    std::integer_sequence<int, I...>);

/// Depth convolutions, the first of them from In channels, and a max pool.
template <fixed_string Name, bool Norm, int First, int Depth, int In, int Out>
using Stage = Block<Name, decltype(units<Norm, First, In, Out>(std::make_integer_sequence<int, Depth>{})),
                    MaxPool2d<Window{2, 2}>>;

/// D1 to D5: convolutions of the stages. Hidden: width of the hidden linear layers (torchvision's is 4,096).
template <bool Norm, int D1, int D2, int D3, int D4, int D5, int Hidden = 4096>
struct Architecture {
  static constexpr int m = modules<Norm>, f2 = D1 * m + 1, f3 = f2 + D2 * m + 1, f4 = f3 + D3 * m + 1,
                       f5 = f4 + D4 * m + 1;
  using network = Network<
      Input<3, 224>, Stage<"stage1", Norm, 0, D1, 3, 64>, Stage<"stage2", Norm, f2, D2, 64, 128>,
      Stage<"stage3", Norm, f3, D3, 128, 256>, Stage<"stage4", Norm, f4, D4, 256, 512>,
      Stage<"stage5", Norm, f5, D5, 512, 512>,
      Block<"hidden", AdaptiveAvgPool2d<7>, Flatten, Named<"classifier", Named<"0", Linear<512 * 7 * 7, Hidden>>>, ReLU,
            Dropout<0.5>, Named<"classifier", Named<"3", Linear<Hidden, Hidden>>>, ReLU>,
      Block<"head", Dropout<0.5>, Named<"classifier", Named<"6", Linear<Hidden, 1000>>>>>;
};

/// torchvision's start: linear layers N(0, 0.01^2).
struct Start {
  static constexpr Initial initial{.linear_deviation = 0.01};
};

}  // namespace vgg

struct Vgg11 final : vgg::Architecture<false, 1, 1, 2, 2, 2>::network, vgg::Start {};
struct Vgg13 final : vgg::Architecture<false, 2, 2, 2, 2, 2>::network, vgg::Start {};
struct Vgg16 final : vgg::Architecture<false, 2, 2, 3, 3, 3>::network, vgg::Start {};
struct Vgg19 final : vgg::Architecture<false, 2, 2, 4, 4, 4>::network, vgg::Start {};
struct Vgg11Bn final : vgg::Architecture<true, 1, 1, 2, 2, 2>::network, vgg::Start {};
struct Vgg13Bn final : vgg::Architecture<true, 2, 2, 2, 2, 2>::network, vgg::Start {};
struct Vgg16Bn final : vgg::Architecture<true, 2, 2, 3, 3, 3>::network, vgg::Start {};
struct Vgg19Bn final : vgg::Architecture<true, 2, 2, 4, 4, 4>::network, vgg::Start {};

}  // namespace tuneit
