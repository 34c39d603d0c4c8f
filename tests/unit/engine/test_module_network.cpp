// A whole network that is a torch::nn::Module: trained, frozen and saved by a recipe like any other, and compared with
// what its blocks declare when training starts.
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/nn/functional/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include <catch2/catch.hpp>

#include "tuneit/engine/module_network.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;

namespace {

// Two branches that meet: no list of blocks one after the other.
struct TwoWaysImpl : torch::nn::Module {
  torch::nn::Conv2d stem{register_module("stem", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 8, 3).padding(1)))};
  torch::nn::BatchNorm2d norm{register_module("norm", torch::nn::BatchNorm2d(8))};
  torch::nn::Conv2d left{register_module("left", torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 8, 1).bias(false)))};
  torch::nn::Dropout drop{register_module("drop", torch::nn::Dropout(0.5))};
  torch::nn::Linear fc{register_module("fc", torch::nn::Linear(8, 4))};
  at::Tensor scale = register_parameter("scale", at::ones({8, 1, 1}));
  bool was_training = false, norm_trained = false;

  at::Tensor forward(const at::Tensor& x) {
    was_training = drop->is_training();
    norm_trained = norm->is_training();
    const at::Tensor y = norm(stem(x)).relu();
    return fc(drop((left(y) * scale + y).mean({2, 3})));
  }
};

template <class Module>
using TwoWaysOf =
    ModuleNetwork<Module, Input<3, 8>, OutputSize<4>,
                  Block<"stem", Named<"stem", Conv2d<3, 8, Window{3, 1, 1}, true>>, Named<"norm", BatchNorm2d<8>>>,
                  Block<"left", Named<"left", Conv2d<8, 8, Window{1, 1, 0}>>, Parameter<"scale", 8, 1, 1>>,
                  Block<"head", Named<"fc", Linear<8, 4>>>>;
struct TwoWays final : TwoWaysOf<TwoWaysImpl> {};

// the same, without randomness in it
struct CalmImpl : TwoWaysImpl {
  CalmImpl() { drop->options.p(0); }
};
struct Calm final : TwoWaysOf<CalmImpl> {};

static_assert(Calm::block_count == 3 && shape<Calm>().channels() == 4 && shape<Calm>().fits);
static_assert(parameter_count<Calm>() == 3 * 8 * 9 + 8 + 16 + 64 + 8 + 36);
using R = Finetune<Calm, Freeze<Layer<"left">>, LrScale<Head, 10>, NoDecay<Biases>,
                   Sgd<Lr<0.05>, Momentum<0.9>, WeightDecay<1e-2>>, Precision<FP64>>;
static_assert(trainable_parameters<R> == parameter_count<Calm>() - 72);
static_assert(frozen_prefix<Finetune<Calm, Freeze<Backbone>>>() == 0);

Settings on_cpu(Settings s) {
  s.device = DeviceKind::Cpu;
  return s;
}

}  // namespace

TEST_CASE("a module trains as by hand: autograd, and torch's SGD in groups") {
  Trainer<R> trainer(on_cpu(defaults<R>()));
  auto by_hand = std::make_shared<CalmImpl>();
  by_hand->to(at::kDouble);
  auto parameters = by_hand->named_parameters();
  auto buffers = by_hand->named_buffers();
  std::vector<at::Tensor> momentum(table<Calm>.size);
  {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < table<Calm>.size; ++i) {
      const std::string name(table<Calm>.name(i));
      (table<Calm>.rows[i].is_buffer() ? buffers : parameters)[name].copy_(trainer.tensors()[i]);
    }
  }
  for (std::uint64_t step = 0; step < 4; ++step) {
    const auto g = make_generator(step);
    const at::Tensor x = at::randn({6, 3, 8, 8}, g, at::TensorOptions(at::kDouble)),
                     y = at::randint(4, {6}, g, at::kLong);
    trainer.step(x, y, 4);
    by_hand->zero_grad();
    at::cross_entropy_loss(by_hand->forward(x), y).backward();
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < table<Calm>.size; ++i) {
      const PlanRow& row = plan<R>.rows[i];
      if (table<Calm>.rows[i].is_buffer() || row.frozen) continue;
      at::Tensor p = parameters[std::string(table<Calm>.name(i))];
      const at::Tensor grad = p.grad().add(p, 1e-2 * row.decay_scale);
      momentum[i] = momentum[i].defined() ? momentum[i].mul(0.9).add(grad) : grad;
      p.sub_(momentum[i], 0.05 * row.lr_scale);
    }
    for (std::size_t i = 0; i < table<Calm>.size; ++i) {
      const std::string name(table<Calm>.name(i));
      const at::Tensor expected = table<Calm>.rows[i].is_buffer() ? buffers[name] : parameters[name];
      INFO(name << " after step " << step);
      CHECK(trainer.tensors()[i].sub(expected).abs().max().item<double>() < 1e-12);
    }
  }
  by_hand->eval();
  const at::Tensor x = at::randn({5, 3, 8, 8}, make_generator(9), at::TensorOptions(at::kDouble));
  CHECK(trainer.logits(x).sub(by_hand->forward(x)).abs().max().item<double>() < 1e-12);
}

TEST_CASE("the modes of modules follow the plan") {
  using Still = Finetune<TwoWays, Freeze<Norms>>;
  Trainer<Still> trainer(on_cpu(defaults<Still>()));
  const at::Tensor x = at::randn({4, 3, 8, 8}), y = at::randint(0, 4, {4}, at::kLong);
  const at::Tensor mean = trainer.tensors()[4].clone();
  trainer.step(x, y, 1);
  CHECK(trainer.tensors()[4].equal(mean));
  auto live = tuneit::detail::LiveNetwork<TwoWays>::take();  // the one that has just worked
  CHECK(live->module->was_training);
  CHECK_FALSE(live->module->norm_trained);
  tuneit::detail::LiveNetwork<TwoWays>::give_back(std::move(live));
  CHECK(trainer.logits(x).equal(trainer.logits(x)));  // without dropout

  using Moves = Finetune<TwoWays>;
  Trainer<Moves> other(on_cpu(defaults<Moves>()));
  other.step(x, y, 1);
  CHECK_FALSE(other.tensors()[4].equal(mean));
}

TEST_CASE("the first values are the module's own, and follow from the seed alone") {
  Settings s = on_cpu(defaults<R>());
  s.seed = 3;
  const Trainer<R> a(s);
  at::randn({7});
  const Trainer<R> b(s);
  s.seed = 4;
  const Trainer<R> c(s);
  CHECK(a.tensors()[0].equal(b.tensors()[0]));
  CHECK_FALSE(a.tensors()[0].equal(c.tensors()[0]));
  at::Generator global = at::detail::getDefaultCPUGenerator();
  const at::Tensor before = global.get_state();
  const Trainer<R> d(s);
  CHECK(global.get_state().equal(before));
}

namespace {

struct Missing final : ModuleNetwork<TwoWaysImpl, Input<3, 8>, OutputSize<4>, Block<"stem", Named<"stm", Linear<3, 8>>>,
                                     Block<"head", Named<"fc", Linear<8, 4>>>> {};
struct Misshapen final : ModuleNetwork<TwoWaysImpl, Input<3, 8>, OutputSize<4>,
                                       Block<"stem", Named<"stem", Conv2d<3, 8, Window{5, 1, 2}, true>>>,
                                       Block<"head", Named<"fc", Linear<8, 4>>>> {};
struct Incomplete final : ModuleNetwork<TwoWaysImpl, Input<3, 8>, OutputSize<4>,
                                        Block<"stem", Named<"stem", Conv2d<3, 8, Window{3, 1, 1}, true>>>,
                                        Block<"head", Named<"fc", Linear<8, 4>>>> {};

}  // namespace

TEST_CASE("the first difference between the blocks and the module is named when training starts") {
  const auto start = [](auto recipe) {
    using Recipe = decltype(recipe);
    return test::refusal([] { Trainer<Recipe> trainer(on_cpu(defaults<Recipe>())); }).first;
  };
  const std::string missing = start(Finetune<Missing>{}), misshapen = start(Finetune<Misshapen>{}),
                    incomplete = start(Finetune<Incomplete>{});
  CAPTURE(missing, misshapen, incomplete);
  CHECK(missing.find("block 'stem' of the network declares 'stm.weight', and the module has no parameter") !=
        std::string::npos);
  CHECK(missing.find("it has 'stem.weight'") != std::string::npos);
  CHECK(misshapen.find("'stem.weight' with the shape [8, 3, 5, 5], in the module it has [8, 3, 3, 3]") !=
        std::string::npos);
  CHECK(incomplete.find("the module has a tensor 'scale' that no block of the network declares") != std::string::npos);
}
