// needs:
// Recipes and the scripts that they write, part one: what trains, at which rate, when. A line is a recipe; each trains
// ten steps in epochs of three batches, so a phase of one epoch ends after three steps. check_python.py runs the
// scripts.
#include "../static/tiny.hpp"
#include "tuneit/recipe/named.hpp"
#include "twin.hpp"

using namespace tuneit;
using twins::Small;

namespace {

template <class Model, class... Policies>
void twin(const std::string& name, int side = Model::input::side) {
  twins::twin<Model, Policies...>("test_python", name, side);
}

/// Smooth activations, and layer norms of flat vectors.
struct Curved final : Network<Input<3, 12>, Block<"stem", Named<"conv1", Conv2d<3, 8, Window{3, 2, 1}, true>>, SiLU>,
                              Block<"body", Named<"conv2", Conv2d<8, 8, Window{3, 1, 1}, true>>, GELU<>, GlobalAvgPool>,
                              Block<"flat", Named<"norm", LayerNorm<8>>, Named<"fc1", Linear<8, 12>>, GELU<Tanh>,
                                    Sigmoid, Named<"norm2", LayerNorm<12, 1e-3>>, Tanh>,
                              Block<"head", Named<"fc", Linear<12, 5>>>> {};

using Head3 = ReplaceHead<3>;
using Plain = Sgd<Lr<0.02>, Momentum<0.9>>;

}  // namespace

TEST_CASE("what is frozen, and batch norm's statistics") {
  twin<Small, Head3, Plain, Freeze<Layers<0, 2>>, LrScale<Head, 10>>("frozen_blocks");
  twin<Small, Head3, Plain, Freeze<Backbone>>("probe");
  twin<Small, Head3, Plain, Freeze<Match<"layer?.*.conv?.weight">>, Freeze<Layer<"bn1">>>("frozen_by_name");
  twin<Small, Head3, Plain, Freeze<Norms>>("frozen_norms");
  twin<Small, Head3, Plain, FrozenStats<>>("frozen_statistics");
  twin<Small, Head3, Plain, Freeze<Backbone>, BatchStats<>, Unfreeze<Layer<"layer2.0.conv2">>>("batch_statistics");
}

TEST_CASE("rates and decay of parts") {
  using Decaying = AdamW<Lr<1e-3>, WeightDecay<0.1>>;
  twin<Small, Head3, Decaying, NoDecay<Union<Norms, Biases>>, LrScale<Layers<0, 2>, 0.1>, LrScale<Head, 3>>("parts");
  twin<Small, Head3, Sgd<Lr<0.02>, WeightDecay<0.1>>, DecayScale<Layer<"layer1">, 0.5>, LrScale<Weights, 2>>("scales");
}

TEST_CASE("phases") {
  twin<Small, Head3, Sgd<Lr<0.02>, Momentum<0.9>, WeightDecay<1e-2>>,
       Phases<Phase<Epochs<1>, Freeze<Backbone>, Lr<0.05>>, Phase<Epochs<2>, Freeze<Layers<0, 2>>>,
              Phase<Epochs<1>, LrScale<Layers<0, 2>, 0.1>>>>("unfreezing");
  twin<Small, Head3, AdamW<Lr<1e-3>>,
       Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>, LrScale<Head, 5>>,
              Phase<Epochs<1>, Freeze<Layers<0, 3>>, WeightDecay<0.2>>, Phase<Epochs<1>, Freeze<Layers<1, 3>>>>>(
      "refreezing");
  twin<Tiny, Head3, Adam<Lr<1e-2>>, StepLr<Epochs<2>, 0.5>,
       Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<2>, CosineLr, Warmup<Steps<2>>, Betas<0.7, 0.9>>,
              Phase<Epochs<1>, Lr<1e-3>>>>("own_schedules");
  twin<Small, Head3, Plain, FrozenStats<Layers<0, 1>>, CosineLr, Warmup<Steps<4>>,
       Phases<Phase<Span<0, 1>, Freeze<Layers<1, 3>>>, Phase<Span<1, 4>, BatchStats<Layer<"layer1">>>>>("spans");
}

TEST_CASE("named recipes and rates that fall from block to block") {
  using Two = Epochs<2>;
  using NewHead = ReplaceHead<3, ConcatPool, HeadNorm, Hidden<8, false>, HeadNorm, NoBias>;
  twins::write_twin<FastaiFineTune<Small, NewHead, Two, Two, 2e-3, Precision<FP64>>>("test_python", "fastai");
  twins::write_twin<KerasTransfer<Small, Head3, Two, Two, Layers<1, 3>, Precision<FP64>>>("test_python", "keras");
  twins::write_twin<Ulmfit<Small, Head3, Epochs<5>, Precision<FP64>>>("test_python", "ulmfit");
}

TEST_CASE("heads") {
  twin<Small, ReplaceHead<4, Hidden<7>, HeadNorm, Dropout<0>>, Plain, Freeze<Layers<0, 2>>>("hidden_head");
  twin<Small, ReplaceHead<2, ConcatPool, NoBias>, Plain>("concat_head");
  twin<Tiny, ReplaceHead<Dynamic, HeadNorm, Hidden<6, false>, KaimingNormal>, Plain, FrozenStats<Head>>("normed_head");
}

TEST_CASE("smooth activations and layer norms") {
  twin<Curved, Head3, Plain>("curved");
  twin<Curved, Head3, AdamW<Lr<1e-3>, WeightDecay<0.1>>, Freeze<Layers<0, 2>>, NoDecay<Norms>>("curved_half");
  twin<Curved, Head3, Plain, Freeze<Norms>>("curved_norms");
}

TEST_CASE("torchvision's networks") {
  twin<ResNet18, Head3, Sgd<Lr<2e-3>, Momentum<0.9>, WeightDecay<1e-3>>, Freeze<Layers<0, 4>>, LrScale<Head, 10>,
       CosineLr>("resnet18", 32);
  twin<ResNet18, ReplaceHead<3, ConcatPool, Hidden<16>, HeadNorm>, Sgd<Lr<1e-3>, Momentum<0.9>>,
       Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<2>, Freeze<Layers<0, 4>>, Lr<1e-4>>>>("resnet18_head",
                                                                                                     32);
}
