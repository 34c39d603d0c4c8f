// needs: optimizers
// Fifty steps of each optimizer end where torch.optim's end (Lion and LAMB: timm's), in single precision.
#include <iostream>

#include "parity.hpp"
#include "tuneit/engine/update/optimizer.hpp"
#include "tuneit/engine/update/optimizers.hpp"

using namespace tuneit;

namespace {

const std::vector<std::string> names{"conv", "matrix", "vector", "single"};

template <class Optimizer>
void as_in_pytorch(const std::string& name) {
  const auto folder = made("optimizers");
  const io::TensorFile start = io::read_tensors(folder / "start.safetensors");
  const io::TensorFile gradients = io::read_tensors(folder / "gradients.safetensors");
  const io::TensorFile expected = io::read_tensors(folder / (name + ".safetensors"));
  GroupOptimizer<Optimizer> optimizer;
  std::vector<at::Tensor> tensors;
  for (const std::string& n : names) {
    tensors.push_back(tensor(start, n));
    optimizer.add(tensors.back(), tensors.size() - 1);
  }
  for (int step = 0; step < 50; ++step) {
    OptimizerValues<Optimizer> numbers = optimizer_defaults<Optimizer>;
    numbers.lr *= 1 + step % 3;
    std::vector<at::Tensor> g;
    for (const std::string& n : names) g.push_back(tensor(gradients, n + "." + std::to_string(step)));
    optimizer.step(numbers, g);
  }
  double worst = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO(name << ": " << names[i]);
    const double far = relative(tensors[i], tensor(expected, names[i]));
    worst = std::max(worst, far);
    CHECK(far < 1e-5);
    CHECK(relative(tensors[i], tensor(start, names[i])) > 1e-4);  // it did move
  }
  std::cout << name << ": largest relative difference after fifty steps " << worst << "\n";
}

}  // namespace

TEST_CASE("SGD ends where torch's ends") {
  as_in_pytorch<Sgd<Lr<1e-2>>>("sgd");
  as_in_pytorch<Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>>>("sgd_momentum");
  as_in_pytorch<Sgd<Lr<1e-2>, Momentum<0.9>, Dampening<0.3>>>("sgd_dampening");
  as_in_pytorch<Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>, Nesterov>>("sgd_nesterov");
}

TEST_CASE("Adam and AdamW end where torch's end") {
  as_in_pytorch<Adam<>>("adam");
  as_in_pytorch<Adam<Betas<0.8, 0.99>, Eps<1e-6>, WeightDecay<1e-2>>>("adam_decay");
  as_in_pytorch<Adam<Betas<0.9, 0.8>, AmsGrad>>("adam_amsgrad");
  as_in_pytorch<AdamW<>>("adamw");
  as_in_pytorch<AdamW<Betas<0.9, 0.8>, WeightDecay<0.1>, AmsGrad>>("adamw_amsgrad");
}

TEST_CASE("Adagrad ends where torch's ends") {
  as_in_pytorch<Adagrad<>>("adagrad");
  as_in_pytorch<Adagrad<Lr<2e-2>, LrDecay<0.1>, WeightDecay<1e-2>, InitialAccumulator<0.5>, Eps<1e-6>>>("adagrad_all");
}

TEST_CASE("RMSprop ends where torch's ends") {
  as_in_pytorch<RmsProp<Lr<1e-3>>>("rmsprop");
  as_in_pytorch<RmsProp<Lr<1e-3>, Smoothing<0.9>, Momentum<0.9>, WeightDecay<1e-2>>>("rmsprop_momentum");
  as_in_pytorch<RmsProp<Lr<1e-3>, Eps<1e-3>, Momentum<0.9>, Centered>>("rmsprop_centered");
}

TEST_CASE("Lion ends where timm's ends") {
  as_in_pytorch<Lion<>>("lion");
  as_in_pytorch<Lion<Lr<1e-3>, Betas<0.95, 0.98>, WeightDecay<0.1>>>("lion_decay");
}

TEST_CASE("LAMB ends where timm's ends") {
  as_in_pytorch<Lamb<>>("lamb");
  as_in_pytorch<Lamb<Lr<1e-2>, Betas<0.8, 0.99>, WeightDecay<0.1>, Eps<1e-4>>>("lamb_all");
}

TEST_CASE("Adafactor ends where torch's ends") {
  as_in_pytorch<Adafactor<>>("adafactor");
  as_in_pytorch<Adafactor<Lr<0.1>, WeightDecay<1e-2>, Beta2Decay<-0.5>, UpdateClip<2.0>, LeastScale<0.1>>>(
      "adafactor_all");
}
