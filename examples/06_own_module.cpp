// A torch::nn::Module of one's own, as it is, in a recipe: its blocks are named, frozen and scaled like any other's.
// What they declare is compared with the module when training starts.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <tuneit/engine/module_network.hpp>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

struct NetImpl : torch::nn::Module {
  torch::nn::Conv2d stem{register_module("stem", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 16, 3).padding(1)))};
  torch::nn::Conv2d side{register_module("side", torch::nn::Conv2d(torch::nn::Conv2dOptions(16, 16, 1)))};
  torch::nn::Linear fc{register_module("fc", torch::nn::Linear(16, 4))};
  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor y = stem(x).relu();
    return fc((y + side(y)).mean({2, 3}));
  }
};

struct Net final : ModuleNetwork<NetImpl, Input<3, 16>, OutputSize<4>,
                                 Block<"stem", Named<"stem", Conv2d<3, 16, Window{3, 1, 1}, true>>>,
                                 Block<"side", Named<"side", Conv2d<16, 16, Window{1, 1, 0}, true>>>,
                                 Block<"head", Named<"fc", Linear<16, 4>>>> {};

using Recipe = Finetune<Net, Freeze<Layer<"stem">>, LrScale<Head, 10>, Sgd<Lr<0.02>, Momentum<0.9>>>;
static_assert(frozen_parameters<Recipe> == 16 * 3 * 9 + 16);

int main() {
  std::puts(explain<Recipe>().c_str());
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor labels = at::randint(0, 4, {64}, at::kLong);
  const at::Tensor x = at::randn({64, 3, 16, 16}).add(labels.reshape({64, 1, 1, 1}));
  for (int step = 0; step <= 200; ++step) {
    const BatchResult r = trainer.step(x, labels, 200);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, r.loss);
  }
}
