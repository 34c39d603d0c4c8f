// How the tensors of a network lie in memory: one buffer for each number type, from the first day to the last.
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/engine/module_network.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;

namespace {

using Small = networks::Small;

/// Two heads of Dynamic width, one of them not at the end.
struct TwoWidths final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 5, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<5>>, ReLU>,
              Block<"middle", GlobalAvgPool, Named<"wide", Linear<5, Dynamic>>>,
              Block<"head", Named<"b", LayerNorm<Dynamic>>>> {};

struct PlainImpl : torch::nn::Module {
  torch::nn::Conv2d a{register_module("a", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 4, 3).padding(1)))};
  torch::nn::BatchNorm2d n{register_module("n", torch::nn::BatchNorm2d(4))};
  torch::nn::Linear fc{register_module("fc", torch::nn::Linear(4, 2))};
  at::Tensor forward(const at::Tensor& x) { return fc(n(a(x)).relu().mean({2, 3})); }
};
struct Plain final
    : ModuleNetwork<PlainImpl, Input<3, 8>, OutputSize<2>,
                    Block<"a", Named<"a", Conv2d<3, 4, Window{3, 1, 1}, true>>, Named<"n", BatchNorm2d<4>>>,
                    Block<"head", Named<"fc", Linear<4, 2>>>> {};

/// Says where a network's tensors are not as they should be; empty where all of them are.
template <class Model>
std::string misplaced(const Tensors& tensors) {
  std::map<at::ScalarType, const void*> buffers;
  std::map<at::ScalarType, std::int64_t> ends;
  std::string wrong;
  for (const bool last : {false, true})
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const at::Tensor& t = tensors[i];
      bool dynamic = false;
      for (int d = 0; d < table<Model>.rows[i].rank; ++d) dynamic = dynamic || table<Model>.rows[i].dims[d] == Dynamic;
      if (dynamic != last) continue;
      const std::string name(table<Model>.name(i));
      const void*& buffer = buffers[t.scalar_type()];
      std::int64_t& end = ends[t.scalar_type()];
      if (buffer == nullptr) buffer = t.storage().data();
      if (t.storage().data() != buffer) wrong += name + " lies elsewhere; ";
      const auto bytes = static_cast<std::int64_t>(t.element_size());
      end = (end * bytes + 63) / 64 * 64 / bytes;
      if (t.storage_offset() != end) wrong += name + " lies not behind the one before it; ";
      if (reinterpret_cast<std::uintptr_t>(t.data_ptr()) % 64 != 0) wrong += name + " is not aligned; ";
      if (!t.is_contiguous(t.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous))
        wrong += name + " has another order; ";
      end += t.numel();
    }
  for (const auto& [type, end] : ends) {
    std::size_t size = 0;
    for (const at::Tensor& t : tensors)
      if (t.scalar_type() == type) size = t.storage().nbytes() / t.element_size();
    if (size < static_cast<std::size_t>(end) || size >= static_cast<std::size_t>(end) + 64)
      wrong += "a buffer is not of the size of its tensors; ";
  }
  return wrong;
}

template <class T>
void train(T& trainer, int steps, int side = 16) {
  for (int i = 0; i < steps; ++i)
    trainer.step(at::randn({4, 3, side, side}, make_generator(static_cast<std::uint64_t>(i))),
                 at::arange(4).remainder(2), 10);
}

template <class R>
void stays_flat(int side = 16) {
  INFO(type_name<R>());
  using Model = typename R::model;
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  Trainer<R> trainer(s), other(s);
  CHECK(misplaced<Model>(trainer.tensors()) == "");
  train(trainer, 2, side);
  CHECK(misplaced<Model>(trainer.tensors()) == "");
  Archive archive;
  save(trainer, archive);
  load(other, archive);
  CHECK(misplaced<Model>(other.tensors()) == "");
  for (std::size_t i = 0; i < other.tensors().size(); ++i) CHECK(other.tensors()[i].equal(trainer.tensors()[i]));
  BestWeights best;
  EpochResult e;
  e.epoch = 1;
  e.validation.count = 1;
  e.validation.correct = 1;
  best.on_epoch(e, trainer);
  REQUIRE(best.epoch() == 1);
  for (std::size_t i = 0; i < best.tensors().size(); ++i) CHECK(best.tensors()[i].equal(trainer.best_tensors()[i]));
  train(trainer, 1, side);
  e.epoch = 2;
  e.validation.count = 2;
  e.validation.correct = 2;
  e.validation.count = 1;
  best.on_epoch(e, trainer);
  CHECK(misplaced<Model>(trainer.tensors()) == "");
}

}  // namespace

TEST_CASE("tensors of one number type lie in one buffer, in the order of the table, those of Dynamic size behind") {
  CHECK(misplaced<Small>(make_tensors<Small>(5, make_generator(1))) == "");
  CHECK(misplaced<ResNet18>(make_tensors<ResNet18>(1000, make_generator(1))) == "");
  const Tensors wide = make_tensors<TwoWidths>(7, make_generator(1));
  CHECK(misplaced<TwoWidths>(wide) == "");
  CHECK(wide[0].storage_offset() == 0);
  CHECK(misplaced<Plain>(make_tensors<Plain>(2, make_generator(1))) == "");
  // a copy of each is found out
  Tensors others = make_tensors<Small>(5, make_generator(1));
  others[3] = others[3].clone();
  CHECK(misplaced<Small>(others) != "");
}

TEST_CASE("gaps between tensors are 0 and stay so") {
  using R = Finetune<Small, ReplaceHead<5>, Ema<0.5>, Sgd<Lr<0.1>, Momentum<0.9>, WeightDecay<0.1>>>;
  Trainer<R> trainer(defaults<R>());
  const auto gaps = [](const Tensors& tensors) {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < tensors.size(); ++i) {
      const at::Tensor &t = tensors[i], &next = tensors[i + 1];
      if (!t.is_floating_point() || !next.is_floating_point()) continue;
      const std::int64_t begin = t.storage_offset() + t.numel(), size = next.storage_offset() - begin, one = 1;
      if (size > 0) sum += t.as_strided(size, one, begin).abs().sum().item<double>();
    }
    return sum;
  };
  CHECK(gaps(trainer.tensors()) == 0);
  train(trainer, 3);
  CHECK(gaps(trainer.tensors()) == 0);
  CHECK(misplaced<Small>(trainer.best_tensors()) == "");  // an average of all lies as they do
  CHECK(gaps(trainer.best_tensors()) == 0);
}

TEST_CASE("whatever happens in a training, its tensors stay where they are") {
  stays_flat<Finetune<Small, ReplaceHead<2>>>();
  stays_flat<Finetune<Small, ReplaceHead<2>, Precision<FP64>>>();
  stays_flat<Finetune<Small, ReplaceHead<2>, Precision<BF16>, Ema<0.9>>>();
  stays_flat<Finetune<Small, ReplaceHead<2>, Freeze<Layer<"stem">>, Swa<Epochs<1>>, Sam<>>>();
  stays_flat<
      Finetune<Small, ReplaceHead<2>, Accumulate<2>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>>>>();
  stays_flat<Finetune<Small, ReplaceHead<2>, Lora<Modules<"b">, Rank<2>>>>();
  stays_flat<Finetune<Plain, Precision<FP32>>>(8);
  stays_flat<Finetune<Plain, Precision<FP64>, Freeze<Layer<"a">>>>(8);
}

TEST_CASE("neighbours in two buffers are one pair, and what is in between is left alone") {
  const Tensors a = make_tensors<Small>(5, make_generator(1)), b = make_tensors<Small>(5, make_generator(2));
  const FlatPairs all(a, b);
  // weights, count, weights, count, weights: counts lie in a buffer of their own
  CHECK(all.a.size() == 5);
  Tensors weights, others;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].is_floating_point()) weights.push_back(a[i]), others.push_back(b[i]);
  CHECK(FlatPairs(weights, others).a.size() == 1);
  others[2] = others[2].clone();
  const FlatPairs three(weights, others);
  REQUIRE(three.a.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(three.a[i].sizes() == three.b[i].sizes());
    three.b[i].copy_(three.a[i]);
  }
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(others[i].equal(weights[i]));
  // what is not in the lists does not move
  const Tensors some{weights[0], weights[1], weights[3], weights[4]}, into{others[0], others[1], others[3], others[4]};
  const at::Tensor kept = weights[2].clone();
  const FlatPairs two(some, into);
  CHECK(two.a.size() == 2);
  for (const at::Tensor& t : two.a) t.fill_(3);
  CHECK(weights[2].equal(kept));
  CHECK(weights[3].eq(3).all().item<bool>());
  // the same sizes in another order in memory are no pair
  Tensors turned{at::randn({2, 3, 4, 4}), at::randn({4})};
  Tensors last{turned[0].contiguous(at::MemoryFormat::ChannelsLast), turned[1]};
  const Tensors x = flat_copies(turned, at::kCPU), y = flat_copies(last, at::kCPU);
  CHECK(FlatPairs(x, y).a.size() == 2);
  CHECK(FlatPairs(x, x).a.size() == 1);
}
