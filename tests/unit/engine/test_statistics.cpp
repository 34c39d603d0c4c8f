// When do running statistics move? With the step that they belong to: once, and not at all where it comes to nothing.
#include <ATen/ops/arange.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "tuneit/engine/module.hpp"
#include "tuneit/engine/module_network.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

// Layers that move buffers themselves: with a backward of its own, recorded by autograd, a module of torch::nn.
template <int Kind_>
struct Counting : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("gain", Kind::Weight, {1});
    s.tensor("passes", Kind::RunningMean, {1});
  }
  using out = SameShape;
};
struct NormImpl : torch::nn::Module {
  torch::nn::BatchNorm2d norm{register_module("norm", torch::nn::BatchNorm2d(6))};
  at::Tensor forward(const at::Tensor& x) { return norm(x); }
};
struct NormModule : LayerTag {
  using module = NormImpl;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    tensors_of<Named<"norm", BatchNorm2d<6>>>(s);
  }
  using out = SameShape;
};
struct Own final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>, Named<"own", Counting<0>>>,
              Block<"more", Named<"recorded", Counting<1>>, Named<"module", NormModule>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 2>>>> {};
struct WholeImpl : torch::nn::Module {
  torch::nn::Conv2d conv{register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 6, 3).padding(1)))};
  torch::nn::BatchNorm2d norm{register_module("norm", torch::nn::BatchNorm2d(6))};
  torch::nn::Linear fc{register_module("fc", torch::nn::Linear(6, 2))};
  at::Tensor forward(const at::Tensor& x) { return fc(norm(conv(x)).relu().mean({2, 3})); }
};
struct Whole final
    : ModuleNetwork<WholeImpl, Input<3, 16>, OutputSize<2>,
                    Block<"stem", Named<"conv", Conv2d<3, 6, Window{3, 1, 1}, true>>, Named<"norm", BatchNorm2d<6>>>,
                    Block<"head", Named<"fc", Linear<6, 2>>>> {};

std::pair<at::Tensor, at::Tensor> batch(int seed, double size = 1) {
  return {at::randn({8, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(seed))).mul_(size),
          at::arange(8, at::kLong).remainder(2)};
}
Tensors copies(const Tensors& list) {
  Tensors all;
  for (const at::Tensor& t : list) all.push_back(t.clone());
  return all;
}
template <class R>
void check_same(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(table<typename R::model>.name(i));
    CHECK(a[i].equal(b[i]));
  }
}
/// Of the model's buffers, how many differ?
template <class R>
int moved(const Tensors& a, const Tensors& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    count += table<typename R::model>.rows[i].is_buffer() && !a[i].equal(b[i]) ? 1 : 0;
  return count;
}

template <class Net, class... Ps>
using Of = Finetune<Net, Sgd<Lr<1e-2>>, Ps...>;

/// A step that diverges leaves everything as it was, and the training goes on as one that had not seen it.
template <class Net, class... Ps>
void diverges() {
  using R = Of<Net, Ps...>;
  INFO(type_name<R>());
  Trainer<R> trainer(defaults<R>()), plain(defaults<R>());
  const auto [x, y] = batch(1);
  trainer.step(x, y, 100);
  plain.step(x, y, 100);
  const Tensors before = copies(trainer.tensors());
  const at::Tensor bias = trainer.tensors().back();
  bias[0].fill_(std::numeric_limits<float>::infinity());  // of the last layer: all statistics are taken by then
  CHECK_THROWS_WITH(trainer.step(x, y, 100), Catch::Contains("no longer a finite number"));
  bias.copy_(before.back());
  check_same<R>(trainer.tensors(), before);
  const auto [more, labels] = batch(2);
  trainer.step(more, labels, 100);
  plain.step(more, labels, 100);
  check_same<R>(trainer.tensors(), plain.tensors());
  CHECK(moved<R>(trainer.tensors(), before) > 0);
}

struct Twice : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  template <class C, class Run>
  void around_gradients(const C&, const Run& run) const {
    run();
    run();
  }
};
/// Passes over the network again that change nothing: as many statistics move as without.
template <class Net, class Policy>
void again() {
  using R = Of<Net, Policy>;
  using Plain = Of<Net>;
  INFO(type_name<R>());
  Trainer<R> twice(defaults<R>());
  Trainer<Plain> once(defaults<Plain>());
  for (int i = 0; i < 3; ++i) {
    const auto [x, y] = batch(i);
    twice.step(x, y, 100);
    once.step(x, y, 100);
  }
  check_same<R>(twice.tensors(), once.tensors());
}

struct ThrowsOnGradients : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  template <class C>
  void on_gradients(const C&) const {
    throw Error(ErrorKind::Usage, "not this one", "");
  }
};

}  // namespace

template <auto F, Need N>
struct tuneit::Train<Counting<0>, F, N> {
  using Saved = at::Tensor;
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    c.tensor(1).add_(1);
    at::Tensor y = x.mul(c.tensor(0));
    saved = std::move(x);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    const at::Tensor d = std::move(dy).sum();
    if (F.trains(0)) c.set_gradient(0, d.mul(saved).sum().view({1}));
    return d.mul(c.tensor(0));
  }
};
template <int K, auto F>
struct tuneit::Forward<Counting<K>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    if (F.of_batch(1)) c.tensor(1).add_(1);
    return x.mul(c.tensor(0));
  }
};

TEST_CASE("a step that diverges moves no statistics") {
  diverges<Small>();
  diverges<Small, Precision<FP64>>();
  diverges<Small, Precision<BF16>>();
  diverges<Small, Recompute<All>>();
  diverges<Small, Ema<0.9>>();
  diverges<Own>();
  diverges<Own, Recompute<All>>();
  diverges<Whole>();
}

TEST_CASE("a step whose policy throws moves no statistics; the batches of a window before it have moved theirs") {
  using R = Of<Small, ThrowsOnGradients>;
  Trainer<R> trainer(defaults<R>());
  const Tensors before = copies(trainer.tensors());
  const auto [x, y] = batch(1);
  CHECK_THROWS_WITH(trainer.step(x, y, 100), Catch::Contains("not this one"));
  check_same<R>(trainer.tensors(), before);

  using Window = Of<Small, ThrowsOnGradients, Accumulate<2>>;
  Trainer<Window> window(defaults<Window>());
  window.step(x, y, 100);
  const Tensors half = copies(window.tensors());
  CHECK(moved<Window>(half, before) == 6);
  CHECK_THROWS_WITH(window.step(x, y, 100), Catch::Contains("not this one"));
  check_same<Window>(window.tensors(), half);
}

TEST_CASE("a step that half precision leaves out moves no statistics") {
  using R = Of<Small, Precision<FP16>>;
  Trainer<R> trainer(defaults<R>());
  const Tensors before = copies(trainer.tensors());
  const auto [x, y] = batch(1);
  const at::Tensor weight = trainer.tensors()[trainer.tensors().size() - 2];
  weight.mul_(100);  // gradients of the scaled loss overflow, the loss does not
  const Tensors large = copies(trainer.tensors());
  trainer.step(x, y, 100);
  check_same<R>(trainer.tensors(), large);
  CHECK(trainer.steps_done() == 1);
  for (int i = 0; i < 20 && moved<R>(trainer.tensors(), before) == 0; ++i) trainer.step(x, y, 100);
  CHECK(moved<R>(trainer.tensors(), before) == 6);
}

TEST_CASE("second looks at a batch move no statistics") {
  again<Small, Twice>();
  again<Own, Twice>();
  again<Whole, Twice>();
  again<Small, Recompute<All>>();
  again<Own, Recompute<All>>();
  using R = Of<Small, Sam<1e-30>>;  // the second pass is at the very same weights
  Trainer<R> sam(defaults<R>());
  Trainer<Of<Small>> plain(defaults<Of<Small>>());
  const auto [x, y] = batch(1);
  sam.step(x, y, 100);
  plain.step(x, y, 100);
  check_same<R>(sam.tensors(), plain.tensors());
}

TEST_CASE("each batch of a step has its statistics committed, as in PyTorch") {
  using R = Of<Small, Accumulate<3>>;
  Trainer<R> trainer(defaults<R>());
  at::Tensor mean = trainer.tensors()[3].clone(), variance = trainer.tensors()[4].clone();
  for (int i = 0; i < 4; ++i) {  // a full window and a batch of the next
    const auto [x, y] = batch(i);
    const at::Tensor flow = at::conv2d(x, trainer.tensors()[0], {}, 2, 1);
    at::batch_norm(flow, trainer.tensors()[1], trainer.tensors()[2], mean, variance, true, 0.1, 1e-5, false);
    trainer.step(x, y, 100);
    CHECK(trainer.tensors()[3].allclose(mean, 1e-5, 1e-6));
    CHECK(trainer.tensors()[4].allclose(variance, 1e-5, 1e-6));
    CHECK(trainer.tensors()[5].item<long>() == i + 1);
  }
}

TEST_CASE("pending statistics: torch's rule, nothing where a flag says so, each only once") {
  const auto g = make_generator(3);
  const at::Tensor x = at::randn({5, 4, 3, 3}, g, at::kDouble);
  for (const auto type : {at::kFloat, at::kDouble}) {
    Tensors t{at::ones({4}, type), at::zeros({4}, type), at::randn({4}, g).to(type), at::ones({4}, type),
              at::zeros({}, at::kLong)};
    at::Tensor mean = t[2].to(at::kDouble).clone(), variance = t[3].to(at::kDouble).clone();
    const Tensors before = copies(t);
    const auto values = [](const at::Tensor& of) {
      return std::vector<double>(of.const_data_ptr<double>(), of.const_data_ptr<double>() + of.numel());
    };
    const auto add = [&](PendingStatistics& s) {
      s.add(t.data(), 0.1, 45, values(x.mean({0, 2, 3})), values(x.var({0, 2, 3}, false)));
    };
    PendingStatistics s;
    add(s);
    s.drop();
    s.commit();
    add(s);
    s.commit(at::ones({1}));
    s.commit();
    CHECK((t[2].equal(before[2]) && t[3].equal(before[3]) && t[4].equal(before[4])));
    add(s);
    const at::Tensor ahead = s.ahead(t[0]);
    ahead.fill_(7);
    CHECK(t[0].equal(before[0]));
    s.commit(at::zeros({1}));
    s.commit();
    at::batch_norm(x, {}, {}, mean, variance, true, 0.1, 1e-5, false);
    CHECK(t[2].allclose(mean.to(type), 1e-6, 1e-7));
    CHECK(t[3].allclose(variance.to(type), 1e-6, 1e-7));
    CHECK(t[4].item<long>() == 1);
    CHECK(t[0].eq(7).all().item<bool>());
  }
}
