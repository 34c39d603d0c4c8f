// A module of torch::nn in the middle of a network: autograd records it, everything else trains as always. Layers that
// are no module: 09_own_layer.cpp; a whole network that is one: 06_own_module.cpp.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <tuneit/engine/module.hpp>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// A module brings its computation; the network has the tensors, under the names that the module gives them.
struct MixerImpl : torch::nn::Module {
  torch::nn::Linear mix{register_module("mix", torch::nn::Linear(32, 32))};
  torch::nn::LayerNorm norm{register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({32})))};
  at::Tensor forward(const at::Tensor& x) { return x + norm(mix(x)); }
};
struct Mixer : LayerTag {
  using module = MixerImpl;
  using out = SameShape;
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    tensors_of<Named<"mix", Linear<32, 32>>, Named<"norm", LayerNorm<32>>>(sink);
  }
};

struct Mine final : Network<Input<16, 1>, Block<"in", Named<"in", Linear<16, 32>>, SiLU>,
                            Block<"mixer", Named<"mixer", Mixer>>, Block<"head", Named<"fc", Linear<32, 4>>>> {};

using Recipe = Finetune<Mine, ReplaceHead<4>, LrScale<Layer<"mixer">, 0.1>, Sgd<Lr<0.05>, Momentum<0.9>>>;

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor x = at::randn({64, 16}), labels = at::randint(0, 4, {64}, at::kLong);
  for (int step = 0; step <= 200; ++step) {
    const BatchResult r = trainer.step(x, labels, 200);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, r.loss);
  }
}
