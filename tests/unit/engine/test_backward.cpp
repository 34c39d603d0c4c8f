// Backward as composed by the compiler against autograd on the plain forward, in double precision: every layer, every
// network, partly frozen ones too.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>

#include "against_autograd.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/efficientnet_lite.hpp"
#include "tuneit/models/mobilenet.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/models/tiny.hpp"
#include "tuneit/models/vgg.hpp"

using namespace tuneit;
using test::check;
using test::copies;
using test::difference;
using test::used_tensors;

namespace {

// --- layers and their neighbours
template <class... Layers>
using Around = Network<Input<4, 9>, Block<"in", Named<"in", Conv2d<4, 6, Window{1}>>>, Block<"mid", Layers...>,
                       Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 5>>>>;

struct Norm_ final : Around<Named<"n", BatchNorm2d<6>>> {};
struct NormRelu final : Around<Named<"n", BatchNorm2d<6>>, ReLU> {};
struct NormRelu6 final : Around<Named<"n", BatchNorm2d<6, NormOptions{1e-3, 0.01}>>, ReLU6> {};
struct NormPool final : Around<Named<"n", BatchNorm2d<6>>, ReLU, MaxPool2d<Window{3, 2, 1}>> {};
struct Pool final : Around<MaxPool2d<Window{2, 2}>, ReLU> {};
struct ConvBias final : Around<Named<"c", Conv2d<6, 6, Window{3, 1, 1}, true>>, ReLU6> {};
struct ConvRelu final : Around<Named<"c", Conv2d<6, 6, Window{3, 1, 1}, true>>, ReLU> {};
struct ConvReluNoBias final : Around<Named<"c", Conv2d<6, 6, Window{3, 2, 1}>>, ReLU> {};
struct ConvReluConv final : Around<Named<"c", Conv2d<6, 6, Window{3, 1, 1}, true>>, ReLU,
                                   Named<"d", Conv2d<6, 6, Window{3, 1, 1}, true>>, ReLU> {};
struct ConvReluPool final : Around<Named<"c", Conv2d<6, 6, Window{3, 1, 1}, true>>, ReLU, MaxPool2d<Window{2, 2}>> {};
struct ConvRelu6Pool final
    : Around<Named<"c", Conv2d<6, 6, Window{3, 1, 1}, true>>, ReLU6, MaxPool2d<Window{3, 2, 1}>> {};
struct ConvReluDepthwise final
    : Around<Named<"c", Conv2d<6, 6, Window{1}, true>>, ReLU, Named<"d", Conv2d<6, 6, Window{3, 1, 1, 6}>>, ReLU> {};
struct ConvReluNorm final
    : Around<Residual<Seq<Named<"c", Conv2d<6, 6, Window{1}, true>>, ReLU, Named<"n", BatchNorm2d<6>>>, Identity>,
             ReLU> {};
struct Grid final : Around<AdaptiveAvgPool2d<4>, ReLU> {};
struct GridOfTwo final : Around<AdaptiveAvgPool2d<2, 3>, Named<"n", BatchNorm2d<6>>> {};
struct GridUp final : Around<AdaptiveAvgPool2d<13>> {};
struct Flat final
    : Network<Input<4, 9>, Block<"in", Named<"in", Conv2d<4, 6, Window{1}, true>>, ReLU>,
              Block<"hidden", AdaptiveAvgPool2d<3>, Flatten, Named<"h", Linear<54, 20>>, ReLU, Dropout<0.5>>,
              Block<"head", Dropout<0.5>, Named<"fc", Linear<20, 5>>>> {};
struct Strided final : Around<Named<"c", Conv2d<6, 6, Window{3, 2, 1}>>> {};
struct SameOdd final
    : Around<Named<"c", Conv2d<6, 6, Window{3, 2, Same}>>, Named<"d", Conv2d<6, 6, Window{5, 2, Same, 6}>>> {};
struct Depthwise final : Around<Named<"c", Conv2d<6, 6, Window{3, 1, 1, 6}>>, Named<"n", BatchNorm2d<6>>, ReLU6> {};
struct Grouped final : Around<Named<"c", Conv2d<6, 6, Window{3, 1, 1, 2}>>> {};
struct Dropped final : Around<Dropout<0.3>, ReLU, StochasticDepth<0.5, 2>> {};
struct PlainSum final : Around<Residual<Named<"c", Conv2d<6, 6, Window{1}>>, Identity>, ReLU> {};
struct SumOfNothing final : Around<Residual<Identity, Named<"c", Conv2d<6, 6, Window{1}>>>> {};
struct NormSum final
    : Around<Residual<Seq<Named<"c", Conv2d<6, 6, Window{1}>>, Named<"n", BatchNorm2d<6>>>, Identity>> {};
struct PreActivation final
    : Around<Residual<Seq<Named<"n", BatchNorm2d<6>>, ReLU, Named<"c", Conv2d<6, 6, Window{3, 1, 1}>>>, Identity>,
             Residual<Seq<Named<"m", BatchNorm2d<6>>>, Identity>, ReLU> {};
struct Branches final
    : Around<Residual<Residual<Seq<Named<"c", Conv2d<6, 6, Window{1}>>, Named<"n", BatchNorm2d<6>>>, Identity>,
                      Seq<Named<"s", Conv2d<6, 6, Window{1}>>, Named<"t", BatchNorm2d<6>>>>,
             ReLU> {};
struct DroppedBranch {
  using layers =
      Residual<Seq<Named<"c", Conv2d<6, 6, Window{1}>>, Named<"n", BatchNorm2d<6>>, StochasticDepth<0.5, 4>>, Identity>;
};
struct Drops final : Around<Named<"b", Repeat<0, 4, DroppedBranch>>> {};
struct Mlp final : Network<Input<7, 1>, Block<"fc1", Named<"fc1", Linear<7, 12>>, ReLU>,
                           Block<"fc2", Named<"fc2", Linear<12, 9, false>>, ReLU6, Dropout<0.2>>,
                           Block<"head", Named<"fc3", Linear<9, 5>>>> {};

// A VGG in all but the width of its hidden layers: 800 million bytes of weights would be no better test.
struct NarrowVgg final : vgg::Architecture<false, 1, 1, 2, 2, 2, 24>::network {};
struct NarrowVggBn final : vgg::Architecture<true, 2, 2, 2, 2, 2, 24>::network {};

// --- smooth activations, and a norm of flat vectors
struct Smooth final : Around<Named<"c", Conv2d<6, 6, Window{1}>>, Sigmoid, Tanh, SiLU, GELU<>, Sigmoid, GELU<Tanh>> {};
struct SmoothSum final : Around<Residual<Seq<Named<"c", Conv2d<6, 6, Window{1}>>, SiLU>, Identity>, Sigmoid> {};
struct Transformed final
    : Network<
          Input<7, 1>, Block<"in", Named<"in", Linear<7, 12>>, Named<"n", LayerNorm<12>>, GELU<Tanh>>,
          Block<"mid", Residual<Seq<Named<"m", LayerNorm<12, 1e-2>>, Named<"fc2", Linear<12, 12>>, Tanh>, Identity>>,
          Block<"head", Named<"last", LayerNorm<12>>, Named<"fc", Linear<12, 5>>>> {};

// --- a layer of one's own that has a forward alone
template <int C>
struct Gate : LayerTag {  // x sigmoid(w x)
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("gate", Kind::Weight, {C});
  }
  using out = SameShape;
};

// --- one that has a backward alone, which draws, and is told the iteration that it is in
template <int C>
struct Noisy : LayerTag {  // x (1 + iteration) (1 + noise) w + shift
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("w", Kind::Weight, {C});
    sink.tensor("shift", Kind::Bias, {C});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C); }
  static constexpr SavedSizes saved(Shape in, Shape, Facts f) {
    return {.input = f.trains(0), .elements = f.need.x ? f.count(in) : 0};
  }
};
struct Noised final : Around<Named<"r", Repeat<1, 3, Seq<Named<"y", Noisy<6>>, Named<"n", BatchNorm2d<6>>>>>> {};

// --- and one of which nobody says how it runs
struct Standing : LayerTag {
  using tensors = None;
  using out = SameShape;
};
struct Gated final
    : Around<Named<"c", Conv2d<6, 6, Window{1}>>, ReLU, Named<"g", Gate<6>>, Named<"n", BatchNorm2d<6>>> {};

}  // namespace

template <int C, auto F>
struct tuneit::Forward<Gate<C>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    return x.mul(x.mul(c.tensor(0).view({1, -1, 1, 1})).sigmoid());
  }
};

template <int C, auto F, Need N>
struct tuneit::Train<Noisy<C>, F, N> {
  struct Saved {
    at::Tensor x, factors;
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    const at::Tensor noise = F.live ? at::rand(x.sizes(), c.generator(), x.options()) : at::zeros_like(x);
    at::Tensor factors = noise.add(1).mul(1 + c.iteration);
    at::Tensor y = x.mul(factors).mul(c.tensor(0).view({1, C, 1, 1})).add(c.tensor(1).view({1, C, 1, 1}));
    if (F.trains(0)) saved.x = std::move(x);
    if (N.x || F.trains(0)) saved.factors = std::move(factors);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if (F.trains(1)) c.set_gradient(1, dy.sum().sum({0, 2, 3}));
    if (!N.x && !F.trains(0)) return {};
    const at::Tensor d = dy.sum().mul(saved.factors);
    if (F.trains(0)) c.set_gradient(0, d.mul(saved.x).sum({0, 2, 3}));
    if (N.x) return d.mul(c.tensor(0).view({1, C, 1, 1}));
    return {};
  }
};

// who has a forward or a backward runs; who has neither is refused
template <class Layer>
using RunsBy = typename tuneit::detail::JudgeForward<Layer, tuneit::detail::TensorFacts<tensor_count<Layer>>{}>::type;
static_assert(RunsBy<Gate<6>>::accepted && RunsBy<GlobalConcatPool>::accepted);
static_assert(std::is_same_v<RunsBy<Standing>, LayerLacks<Standing, ItsForward>>);

// and so is a backward that is misspelt, or takes other things
template <int Wrong>
struct HalfTrain {
  using Saved = at::Tensor;
  static at::Tensor forward(at::Tensor x, Saved&, const Context&) { return x; }
  static Gradient backward(Gradient dy, Saved&, const Context&) { return dy; }
};
template <>
struct HalfTrain<1> : HalfTrain<0> {
  static Gradient backward(Gradient dy, const Context&) { return dy; }
};
template <>
struct HalfTrain<2> {
  using Saved = at::Tensor;
  static at::Tensor forward(at::Tensor x, Saved&, const Context&) { return x; }
  static Gradient backwards(Gradient dy, Saved&, const Context&) { return dy; }
};
template <>
struct HalfTrain<3> : HalfTrain<0> {
  static void backward(Gradient dy, Saved&, const Context&);
};
static_assert(tuneit::detail::Trains<HalfTrain<0>> && !tuneit::detail::Trains<HalfTrain<1>>);
static_assert(!tuneit::detail::Trains<HalfTrain<2>> && !tuneit::detail::Trains<HalfTrain<3>>);
static_assert(tuneit::detail::Trains<Train<Noisy<6>, tuneit::detail::TensorFacts<2>{}, Need{true}>>);

TEST_CASE("a gradient of another shape than its tensor is refused, one of another number type is converted") {
  const Tensors t{at::zeros({3})};
  Tensors g(1);
  const Context c{t.data(), g.data()};
  CHECK_THROWS_AS(c.set_gradient(0, at::zeros({1, 3})), Error);
  c.set_gradient(0, at::full({3}, 2, at::kDouble));
  CHECK(g[0].scalar_type() == at::kFloat);
  CHECK(g[0].sum().item<double>() == 6);
}

TEST_CASE("both tensors of a gradient are its sum, however often it is asked for") {
  Gradient both{at::full({2}, 1), at::full({2}, 3)};
  CHECK(both.sum().equal(at::full({2}, 4)));
  CHECK(both.sum().equal(at::full({2}, 4)));
  CHECK(std::move(both).sum().equal(at::full({2}, 4)));
}

TEST_CASE("every layer's gradients are autograd's") {
  check<Norm_>(9);
  check<NormRelu>(9);
  check<NormRelu6>(9);
  check<NormPool>(9);
  check<NormPool>(10);
  check<Pool>(9);
  check<ConvBias>(9);
  check<ConvRelu>(9);
  check<ConvReluNoBias>(9);
  check<ConvReluConv>(9);
  check<ConvReluPool>(9);
  check<ConvReluPool>(10);
  check<ConvRelu6Pool>(9);
  check<ConvReluDepthwise>(9);
  check<ConvReluNorm>(9);
  check<Grid>(9);  // cells that overlap
  check<Grid>(4);  // every pixel a cell
  check<Grid>(8);  // cells of two pixels
  check<GridOfTwo>(9);
  check<GridUp>(9);  // more cells than pixels
  check<Flat>(9);
  check<Flat>(3);
  check<Strided>(9);
  check<SameOdd>(9);
  check<SameOdd>(12);
  check<Depthwise>(9);
  check<Grouped>(9);
  check<Dropped>(9);
  check<PlainSum>(9);
  check<SumOfNothing>(9);
  check<NormSum>(9);
  check<PreActivation>(9);
  check<Branches>(9);
  check<Drops>(9);
  check<Mlp>(1, 6);
  check<Smooth>(9);
  check<SmoothSum>(9);
  check<Transformed>(1, 6);
}

TEST_CASE("batch norms by their running statistics, with and without moving weights") {
  check<NormRelu, FrozenStats<>>(9);
  check<NormSum, FrozenStats<>>(9);
  check<Drops, FrozenStats<>>(9);
  check<NormRelu6, Freeze<Norms>>(9);
  check<NormSum, Freeze<Norms>>(9);
  check<NormPool, Freeze<Norms>>(9);
  check<NormRelu, Freeze<Norms>, BatchStats<>>(9);
}

TEST_CASE("what is frozen needs no gradient, what is behind it still gets its own") {
  check<Branches, Freeze<Layer<"in">>>(9);
  check<Branches, Freeze<Layer<"c">>>(9);
  check<Branches, Freeze<Layer<"s", "t">>>(9);
  check<Branches, Freeze<Layer<"in", "c", "n">>>(9);
  check<ConvBias, Freeze<Weights>, Unfreeze<Layer<"fc">>>(9);
  check<ConvBias, Freeze<Biases>>(9);
  check<ConvReluConv, Freeze<Layer<"c">>>(9);
  check<ConvReluConv, Freeze<Layer<"in", "c">>>(9);
  check<ConvReluConv, Freeze<Layer<"in", "c", "d.weight">>>(9);
  check<ConvReluConv, Freeze<Biases>>(9);
  check<ConvReluPool, Freeze<Layer<"in", "c">>>(9);
  check<Flat, Freeze<Layer<"in">>>(9);
  check<Flat, Freeze<Layer<"h">>>(9);
  check<Drops, Freeze<Layer<"in", "b.0", "b.2">>>(9);
  check<Mlp, Freeze<Layer<"fc1">>>(1, 6);
  check<Mlp, Freeze<Layer<"fc2">>>(1, 6);
  check<Smooth, Freeze<Layer<"in", "c">>>(9);
  check<Transformed, Freeze<Norms>>(1, 6);
  check<Transformed, Freeze<Layer<"in", "n.bias", "m.weight">>>(1, 6);
  check<Transformed, Freeze<Layer<"in", "n", "m.weight", "fc2">>>(1, 6);
}

TEST_CASE("a layer that has only a forward runs through autograd in the middle of the network") {
  check<Gated>(9);
  check<Gated, Freeze<Layer<"g">>>(9);
  check<Gated, Freeze<Layer<"in", "c">>>(9);
  check<Gated, Freeze<Layer<"in", "c", "g">>>(9);
}

TEST_CASE("a layer that has only a backward of its own needs no forward") {
  check<Noised>(9);
  check<Noised, Freeze<Layer<"in">>>(9);
  check<Noised, Freeze<Layer<"in", "r.1">>>(9);
  check<Noised, Freeze<Layer<"in", "r.1.n", "r.1.y.w">>>(9);
  check<Noised, Freeze<Layer<"r.2">>>(9);
  check<Noised, Freeze<Layer<"in", "r">>>(9);
}

TEST_CASE("every network's gradients are autograd's") {
  check<ResNet18>(40);
  check<ResNet34>(33);
  check<ResNet50>(33);
  check<ResNet101>(33, 2);
  check<ResNet152>(33, 2);
  check<EfficientNetLite0>(48);
  check<EfficientNetLite1>(37);
  check<EfficientNetLite2>(37, 2);
  check<EfficientNetLite3>(37, 2);
  check<EfficientNetLite4>(37, 2);
  check<MobileNetV2>(48);
  check<NarrowVgg>(40, 2);
  check<NarrowVggBn>(32, 2);
  check<TinyNet>(16);
}

TEST_CASE("partly frozen networks") {
  check<ResNet18, Freeze<Layers<0, 3>>>(40);
  check<ResNet18, Freeze<Backbone>>(40);
  check<ResNet18, Freeze<Norms>>(40);
  check<ResNet50, Freeze<Layer<"layer3.1", "layer3.4">>>(33);
  check<EfficientNetLite0, Freeze<Layers<0, 4>>>(48);
  check<EfficientNetLite0, FrozenStats<>>(48);
  check<MobileNetV2, Freeze<Layers<0, 5>>>(48);
  check<NarrowVgg, Freeze<Layers<0, 4>>>(32, 2);
  check<NarrowVgg, Freeze<Backbone>>(32, 2);
  check<TinyNet, Freeze<Layer<"body.0">>>(16);
}
