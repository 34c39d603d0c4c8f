// What memory<R> says of a network with wires is what the tensors of a step take: held against the arena's peak.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "measured_memory.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

inline constexpr Window W3{3, 1, 1}, Half{2, 2};

// Wires that outlive what made them: kept by a convolution behind, by a product, by nobody; turns that save.
struct Wired final
    : Network<Inputs<Image<3, 64>>,
              Block<"enc1", Named<"a", Conv2d<3, 32, W3>>, Named<"n", BatchNorm2d<32>>, ReLU, Save<"c1">>,
              Block<"enc2", MaxPool2d<Half>, Named<"b", Conv2d<32, 32, W3, true>>, ReLU, Save<"c2">>,
              Block<"mid", MaxPool2d<Half>,
                    Named<"r", Repeat<0, 2, Seq<Save<"t">, Named<"c", Conv2d<32, 32, W3>>, Tanh, Merge<Add, "t">>>>>,
              Block<"dec2", Upsample<2>, Merge<Concat, "c2">, Named<"d", Conv2d<64, 32, W3>>, ReLU>,
              Block<"dec1", Upsample<2, Bilinear>, Merge<Multiply, "c1">, Named<"e", Conv2d<32, 32, W3>>,
                    Named<"g", GroupNorm<4, 32>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<32, 4>>, Output<"class">>> {};

// An output at the end of much that is kept for nothing.
struct Aside final
    : Network<Inputs<Image<3, 64>>, Block<"stem", Named<"a", Conv2d<3, 32, W3>>, Tanh, Save<"x">>,
              Block<"aside", Named<"b", Conv2d<32, 32, W3>>, Named<"n", BatchNorm2d<32>>, Tanh,
                    Named<"c", Conv2d<32, 32, W3>>, Tanh, Named<"d", Conv2d<32, 32, W3>>, Tanh, Output<"aside">>,
              Block<"head", From<"x">, Named<"e", Conv2d<32, 32, W3>>, GlobalAvgPool, Named<"fc", Linear<32, 4>>,
                    Output<"class">>> {};

template <class R>
void as_measured(double margin) {
  INFO(type_name<R>());
  CHECK(static_cast<double>(memory<R>(16, 64).total()) / test::measured_bytes<R>(16, 64) == Approx(1).margin(margin));
}

template <class... Policies>
void same_memory(double margin) {
  as_measured<Finetune<Wired, ReplaceHead<2>, Precision<FP32>, Policies...>>(margin);
}

}  // namespace

TEST_CASE("the account of wires is what a step takes") {
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  same_memory<>(0.05);
  same_memory<Freeze<Layers<0, 2>>>(0.05);
  same_memory<Recompute<Layer<"r">>>(0.05);
  as_measured<Finetune<Aside, CrossEntropy<On<"class">>, Unused<"aside">, Precision<FP32>>>(
      0.18);  // without the branch, too
}
