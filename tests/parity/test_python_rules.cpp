// needs:
// Recipes and the scripts that they write, part four: networks that rules have changed. A line is a recipe (see
// test_python.cpp).
#include "twin.hpp"

using namespace tuneit;
using twins::Small;

namespace {

template <class Model, class... Policies>
void twin(const std::string& name) {
  twins::twin<Model, Policies...>("test_python_rules", name);
}

using Head3 = ReplaceHead<3>;
using Plain = Sgd<Lr<0.02>, Momentum<0.9>, WeightDecay<1e-2>>;
using Convs = Modules<"conv1", "conv2">;

/// Padding of TensorFlow's SAME, a linear layer with a bias in the middle.
struct Padded final : Network<Input<3, 9>, Block<"stem", Named<"conv1", Conv2d<3, 6, Window{3, 2, Same}, true>>, ReLU>,
                              Block<"mid", GlobalAvgPool, Named<"mid", Linear<6, 8>>, GELU<>>,
                              Block<"head", Named<"fc", Linear<8, 5>>>> {};

constexpr transformer::Sizes two_layers{.eps = 1e-12,
                                        .dropout = 0,
                                        .attention_dropout = 0,
                                        .vocabulary = 31,
                                        .hidden = 32,
                                        .layers = 2,
                                        .heads = 4,
                                        .inner = 64,
                                        .positions = 8};
struct SmallBert final : bert::Model<two_layers> {};
struct SmallGpt2 final : gpt2::Model<two_layers> {};

}  // namespace

TEST_CASE("products of low rank beside layers") {
  twin<Small, Head3, Plain, Lora<Intersect<Convs, Layers<1, 3>>, Rank<3>, Alpha<6>>>("lora");
  twin<Padded, Head3, AdamW<Lr<1e-2>>, Lora<Backbone, Rank<2>, Alpha<3>, RsLora, GaussianInit>, LrScale<Adapters, 2>>(
      "lora_padded");
}
TEST_CASE("weights that are made anew") {
  twin<Small, Head3, Plain, Dora<Intersect<Convs, Layers<1, 2>>, Rank<2>, Alpha<4>>, Unfreeze<Norms>>("dora");
  twin<Padded, Head3, Plain, Dora<Layer<"mid">, Rank<3>, GaussianInit>, Ia3<Layer<"conv1">>>("dora_and_ia3");
  twin<Padded, Head3, Plain, Ia3<Backbone, OnInput>>("ia3_input");
}
TEST_CASE("small networks behind layers") {
  twin<Small, Head3, Plain, Adapter<Intersect<Convs, Layers<2, 3>>, 4>>("adapter");
  twin<Padded, Head3, Plain, Adapter<Layer<"mid">, 3>, Lora<Layer<"conv1">, Rank<2>>>("adapter_of_vectors");
}
TEST_CASE("networks of texts that transformers has, with PEFT's LoRA, and tokens of which some have no class") {
  twin<SmallBert, Classify<3>, AdamW<Lr<1e-2>>, Lora<Modules<"query", "value">, Rank<3>, Alpha<6>>>("lora_bert");
  twin<SmallGpt2, AdamW<Lr<1e-3>, WeightDecay<0.01>>, Accumulate<2>, Freeze<Layer<"h.0">>>("gpt2");
}
TEST_CASE("what a file of the network before the rules gives") {
  twins::write_start<Finetune<Small, Head3, Dora<Intersect<Convs, Layers<1, 2>>>, Ia3<Layer<"conv1">>>>(
      "test_python_rules", "dora_start");
}
