// needs:
// Recipes and the scripts that they write, part six: networks that are no chain, with several inputs and outputs. A
// line is a recipe (see test_python.cpp).
#include "twin.hpp"

using namespace tuneit;

namespace {

template <class Model, class... Policies>
void twin(const std::string& name) {
  twins::twin<Model, Policies...>("test_python_wires", name);
}

inline constexpr Window W3{3, 1, 1}, Half{2, 2};
using Plain = Sgd<Lr<0.05>, Momentum<0.9>>;

/// A mask of each pixel and a class, by way of wires.
struct Unet final
    : Network<Inputs<Image<3, 8, 12>>,
              Block<"enc1", Named<"conv1", Conv2d<3, 6, W3>>, Named<"norm1", BatchNorm2d<6>>, ReLU, Save<"c1">>,
              Block<"enc2", MaxPool2d<Half>, Named<"conv2", Conv2d<6, 8, W3>>, ReLU, Save<"c2">>,
              Block<"dec", Named<"up", ConvTranspose2d<8, 6, Half>>, Merge<Concat, "c1">,
                    Named<"conv3", Conv2d<12, 6, W3, true>>, Save<"gate">, Sigmoid, Merge<Multiply, "gate">>,
              Block<"mask", Named<"mask", Conv2d<6, 2, Window{1}, true>>, Output<"mask">>,
              Block<"head", From<"c2">, GlobalAvgPool, Named<"norm", BatchNorm2d<8>>, Named<"fc", Linear<8, 4>>,
                    Output<"class">>> {};
using OnMask = BinaryCrossEntropy<On<"mask">, PosWeight<2>>;
using Both = Losses<Weighted<CrossEntropy<On<"class">, LabelSmoothing<0.1>>, 1>, Weighted<OnMask, 0.5>,
                    Weighted<Dice<On<"mask">, DiceSmooth<1>>, 2>>;

/// Texts, and numbers beside them.
struct Texts final
    : Network<
          Inputs<Tokens<"ids", 4>, VectorInput<"beside", 3>>,
          Block<"stem", Named<"embed", Embedding<5, 6>>, Save<"e">, Named<"l1", Linear<6, 6>>, Tanh, Merge<Add, "e">>,
          Block<"mid", Flatten, Merge<Concat, "beside">, Named<"l2", Linear<27, 8>>, GELU<>, Save<"m">>,
          Block<"class", Named<"fc", Linear<8, 3>>, Output<"class">>,
          Block<"age", From<"m">, Named<"age", Linear<8, 1>>, Output<"age">>> {};
using OnTexts = Losses<Weighted<Huber<On<"age">>, 0.3>, Weighted<CrossEntropy<On<"class">>, 1>>;

/// One input, and turns with a wire of their own.
struct Turns final
    : Network<
          Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, W3, true>>>,
          Block<"mid",
                Named<"t", Repeat<0, 3, Seq<Save<"x">, Named<"c", Conv2d<4, 4, W3, true>>, Tanh, Merge<Add, "x">>>>>,
          Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 3>>>> {};

}  // namespace

TEST_CASE("several outputs, each with its losses") {
  twin<Unet, Both, Plain>("unet");
  twin<Unet, Both, Plain, Accumulate<2>, Freeze<Layers<0, 2>>, ClipNorm<0.5>, L2Sp<0.1, 0.1>, Epochs<6>>("unet_frozen");
  twin<Unet, Plain, Unused<"mask">>("unet_class");
  twin<Unet, Plain, Dice<SoftmaxChannels>, Unused<"class">>("unet_mask");
}
TEST_CASE("several inputs") {
  twin<Texts, OnTexts, AdamW<Lr<1e-2>>>("texts");
  twin<Texts, OnTexts, Plain, Lora<Layer<"embed", "l1">, Rank<2>, Alpha<3>>, GroupOf<Layer<"age">, AdamW<>>>(
      "texts_lora");
}
TEST_CASE("one of each, and several losses of it") {
  using Two =
      Losses<Weighted<CrossEntropy<ClassWeights<1, 2, 3>>, 1>, Weighted<CrossEntropy<ClassWeights<3, 2, 1>>, 0.5>>;
  twin<Turns, Two, Plain>("turns");
}
