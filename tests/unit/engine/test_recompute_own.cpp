// Recompute about layers that may do anything: of one's own, recorded by autograd, modules of torch::nn; and around
// others' passes.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/dropout.h>

#include <catch2/catch.hpp>
#include <string>

#include "tuneit/engine/module.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

// A backward of its own; noise from the trainer's generator; counts its forward passes in a buffer.
struct Noisy : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("gain", Kind::Weight, {1});
    s.tensor("passes", Kind::RunningMean, {1});
  }
  using out = SameShape;
};
// Recorded by autograd; noise from LibTorch's global generator.
struct GlobalNoise : LayerTag {
  using tensors = None;
  using out = SameShape;
};
struct DropNormImpl : torch::nn::Module {
  torch::nn::BatchNorm2d norm{nullptr};
  torch::nn::Dropout drop{nullptr};
  DropNormImpl() {
    norm = register_module("norm", torch::nn::BatchNorm2d(6));
    drop = register_module("drop", torch::nn::Dropout(0.4));
  }
  at::Tensor forward(const at::Tensor& x) { return drop(norm(x)).tanh(); }
};
struct DropNorm : LayerTag {
  using module = DropNormImpl;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    tensors_of<Named<"norm", BatchNorm2d<6>>>(s);
  }
  using out = SameShape;
};

template <class... Layers>
struct Around final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>>,
              Block<"body", Named<"b", Conv2d<6, 6, Window{3, 1, 1}>>, Named<"x", Layers...>,
                    Named<"c", Conv2d<6, 6, Window{3, 1, 1}>>, Named<"y", Layers...>>,
              Block<"more", Named<"t", Repeat<0, 2,
                                              Residual<Seq<Named<"d", Conv2d<6, 6, Window{3, 1, 1}>>,
                                                           Named<"n", BatchNorm2d<6>>, Named<"z", Layers...>>,
                                                       Identity>>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 4>>>> {};

template <class R>
std::string trained(Trainer<R>& trainer) {
  at::Generator global = at::detail::getDefaultCPUGenerator();
  global.set_current_seed(3);
  std::string said;
  for (int i = 0; i < 4; ++i) {
    const at::Tensor x = at::randn({4, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(i)));
    const at::Tensor y = at::arange(i, i + 4, at::kLong).remainder(2);
    said.append(std::to_string(trainer.step(x, y, 4).loss)).append(" ");
  }
  return said + std::to_string(at::rand({1}).item<double>());
}

template <class Model, class... Ps>
void same_training() {
  using Plain = Finetune<Model, ReplaceHead<2>, Precision<FP32>, Ps...>;
  using Again = Finetune<Model, ReplaceHead<2>, Precision<FP32>, Recompute<All>, Ps...>;
  INFO(type_name<Again>());
  Trainer<Plain> plain(defaults<Plain>());
  Trainer<Again> again(defaults<Again>());
  CHECK(trained(plain) == trained(again));
  for (std::size_t i = 0; i < plain.tensors().size(); ++i) {
    INFO(table<typename Plain::model>.name(i));
    CHECK(plain.tensors()[i].equal(again.tensors()[i]));
  }
}

}  // namespace

template <auto F, Need N>
struct tuneit::Train<Noisy, F, N> {
  struct Saved {
    at::Tensor x, noise;
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    c.tensor(1).add_(1);
    at::Tensor noise = at::rand(x.sizes(), c.generator(), x.options());
    at::Tensor y = x.mul(noise).mul(c.tensor(0));
    if (N.x || F.trains(0)) saved = {std::move(x), std::move(noise)};
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    const at::Tensor d = std::move(dy).sum().mul(saved.noise);
    if (F.trains(0)) c.set_gradient(0, d.mul(saved.x).sum().view({1}));
    saved = {};
    return d.mul(c.tensor(0));
  }
};
template <auto F>
struct tuneit::Forward<GlobalNoise, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return x.mul(at::rand(x.sizes(), x.options())).tanh(); }
};

TEST_CASE("layers that may do anything are computed again with the same numbers, and move what they move once") {
  same_training<Around<Noisy>>();
  same_training<Around<GlobalNoise>>();
  same_training<Around<DropNorm>>();
  same_training<Around<DropNorm>, FrozenStats<>>();
  same_training<Around<DropNorm>, Freeze<Layer<"a", "b", "t.0.d">>>();
}
