// What memory<R> says before anything runs is what the tensors of a step take: held against the arena's peak. All
// models of the zoo: bench/memory.
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "measured_memory.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

// A VGG without batch norm in all but the width of its hidden layers, whose weights would hide what activations take.
struct NarrowVgg final : vgg::Architecture<false, 1, 1, 2, 2, 2, 24>::network {};

// Smooth activations of all kinds, and a norm of flat vectors.
struct Curved final : Network<Input<3, 64>, Block<"stem", Named<"a", Conv2d<3, 32, Window{3, 1, 1}, true>>, SiLU>,
                              Block<"body", Named<"b", Conv2d<32, 32, Window{3, 1, 1}, true>>, Sigmoid,
                                    Named<"c", Conv2d<32, 32, Window{3, 1, 1}, true>>, GELU<>,
                                    Named<"d", Conv2d<32, 32, Window{3, 1, 1}, true>>, Tanh>,
                              Block<"head", GlobalAvgPool, Named<"n", LayerNorm<32>>, Named<"fc", Linear<32, 4>>>> {};

// A layer of one's own that keeps its input and a mask.
struct Masked : LayerTag {
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape in, Shape, Facts f) {
    return {.input = f.need.x, .elements = f.need.x ? f.count(in) : 0};
  }
};
struct Own final : Network<Input<3, 64>, Block<"stem", Named<"a", Conv2d<3, 32, Window{3, 1, 1}, true>>, Masked>,
                           Block<"body", Named<"b", Conv2d<32, 32, Window{3, 1, 1}, true>>, Masked, Masked>,
                           Block<"head", GlobalAvgPool, Named<"fc", Linear<32, 4>>>> {};

// Turns of a residual block and a stem with batch norms, wide pictures and few weights.
struct Turn {
  using layers = Seq<Residual<Seq<Named<"conv1", Conv2d<16, 16, Window{3, 1, 1}>>, Named<"bn1", BatchNorm2d<16>>, ReLU,
                                  Named<"conv2", Conv2d<16, 16, Window{3, 1, 1}>>, Named<"bn2", BatchNorm2d<16>>>,
                              Identity>,
                     ReLU>;
};
struct Turns final
    : Network<Input<3, 128>,
              Block<"stem", Named<"conv1", Conv2d<3, 16, Window{3, 1, 1}>>, Named<"bn1", BatchNorm2d<16>>, ReLU>,
              Block<"layer1", Named<"layer1", Repeat<0, 6, Turn>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<16, 4>>>> {};

}  // namespace

template <auto F, Need N>
struct tuneit::Train<Masked, F, N> {
  struct Saved {
    at::Tensor x, mask;
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    at::Tensor mask = at::rand(x.sizes(), c.generator(), x.options());
    at::Tensor y = x.mul(mask);
    if (N.x) saved = {std::move(x), std::move(mask)};
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    at::Tensor d = std::move(dy).sum().mul(saved.mask);
    saved = {};
    return d;
  }
};

TEST_CASE("the account of a VGG without batch norm is what a step takes, to 5 %") {
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  using Whole = Finetune<NarrowVgg, ReplaceHead<2>, Precision<FP32>>;
  using Half = Finetune<NarrowVgg, ReplaceHead<2>, Freeze<Layers<0, 3>>, Precision<FP32>>;
  constexpr int batch = 16, side = 128;
  CHECK(static_cast<double>(memory<Whole>(batch, side).total()) / test::measured_bytes<Whole>(batch, side) ==
        Approx(1).margin(0.05));
  CHECK(static_cast<double>(memory<Half>(batch, side).total()) / test::measured_bytes<Half>(batch, side) ==
        Approx(1).margin(0.05));
}

TEST_CASE("the account of layers is what they say they keep, ours and one's own, to 5 %") {
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  constexpr int batch = 16, side = 64;
  using All = Finetune<Curved, ReplaceHead<2>, Precision<FP32>>;
  using Half = Finetune<Curved, ReplaceHead<2>, Freeze<Layer<"a", "b">>, Precision<FP32>>;
  using OwnLayers = Finetune<Own, ReplaceHead<2>, Precision<FP32>>;
  CHECK(static_cast<double>(memory<All>(batch, side).total()) / test::measured_bytes<All>(batch, side) ==
        Approx(1).margin(0.05));
  CHECK(static_cast<double>(memory<Half>(batch, side).total()) / test::measured_bytes<Half>(batch, side) ==
        Approx(1).margin(0.05));
  CHECK(static_cast<double>(memory<OwnLayers>(batch, side).total()) / test::measured_bytes<OwnLayers>(batch, side) ==
        Approx(1).margin(0.05));
}

namespace {

template <class R>
void same_memory(int batch, int side) {
  INFO(type_name<R>());
  CHECK(static_cast<double>(memory<R>(batch, side).total()) / test::measured_bytes<R>(batch, side) ==
        Approx(1).margin(0.05));
}

}  // namespace

TEST_CASE("the account of what is recomputed is what a step takes, to 5 %") {
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  using Kept = Finetune<Turns, ReplaceHead<2>, Precision<FP32>>;
  using Again = Finetune<Turns, ReplaceHead<2>, Recompute<All>, Precision<FP32>>;
  same_memory<Kept>(8, 128);
  same_memory<Again>(8, 128);
  same_memory<Finetune<Turns, ReplaceHead<2>, Recompute<Layer<"layer1.1", "layer1.4">>, Precision<FP32>>>(8, 128);
  same_memory<Finetune<Turns, ReplaceHead<2>, Recompute<All>, Freeze<Layer<"conv1", "layer1.0">>, Precision<FP32>>>(
      8, 128);
  same_memory<Finetune<NarrowVgg, ReplaceHead<2>, Recompute<All>, Precision<FP32>>>(16, 128);
  CHECK(2 * test::measured_bytes<Again>(8, 128) < test::measured_bytes<Kept>(8, 128));
  CHECK(2 * memory<Again>(8, 128) < memory<Kept>(8, 128));
}
