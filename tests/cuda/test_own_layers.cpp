// Layers of one's own, and modules of torch::nn, in the middle of a network: recorded by autograd, alone. On a device
// their steps wait for nothing either, and compute what they do on the CPU.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <catch2/catch.hpp>
#include <type_traits>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/module.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

struct MixImpl : torch::nn::Module {
  torch::nn::Linear turn{register_module("turn", torch::nn::Linear(torch::nn::LinearOptions(8, 8)))};
  torch::nn::BatchNorm1d norm{register_module("norm", torch::nn::BatchNorm1d(8))};
  at::Tensor forward(const at::Tensor& x) { return norm(turn(x)).tanh() + x; }
};
struct Shaped : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    tensors_of<Seq<Named<"turn", Linear<8, 8>>, Named<"norm", BatchNorm2d<8>>>>(sink);
  }
  using out = SameShape;
};
struct Module : Shaped {
  using module = MixImpl;
};
struct Own : Shaped {};

struct Net final : Network<Input<5, 1>, Block<"in", Named<"in", Linear<5, 8>>, ReLU>, Block<"own", Named<"mix", Own>>,
                           Block<"module", Named<"mix2", Module>>, Block<"head", Named<"fc", Linear<8, 3>>>> {};

}  // namespace

template <auto F>
struct tuneit::Forward<Own, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    const at::Tensor y = Forward<Linear<8, 8>, tuneit::detail::slice<2>(F, 0)>::run(x, c);
    return Forward<BatchNorm2d<8>, tuneit::detail::slice<5>(F, 2)>::run(y, c.after(2)).tanh().add(x);
  }
};

namespace {

template <class... Policies>
void trains_alike() {
  using R = Finetune<Net, Sgd<Momentum<0.9>>, Policies...>;
  INFO(type_name<R>());
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  Trainer<R> cpu(s);
  s.device = DeviceKind::Cuda;
  Trainer<R> gpu(s);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  const at::Tensor numbers = at::randn({6, 5}, make_generator(1)), labels = at::arange(6, at::kLong).remainder(3),
                   x = numbers.to(gpu.device()), y = labels.to(gpu.device());
  for (int i = 0; i < 4; ++i) {
    fake_cuda::reset();
    gpu.step(x, y, 100);
    INFO("step " << i + 1 << " waits for: " << fake_cuda::counts().waited());
    if (i > 0) CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
    if (i > 1) CHECK(fake_cuda::counts().fresh == 0);
    cpu.step(numbers, labels, 100);
  }
  constexpr double within = std::is_same_v<typename R::precision, FP64> ? 1e-12 : 2e-2;
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) {
    INFO(table<Net>.name(i));
    CHECK(gpu.tensors()[i].to(at::kCPU).allclose(cpu.tensors()[i], within, within));
  }
}

}  // namespace

TEST_CASE("layers of one's own and modules, on the device", "[gpu]") {
  trains_alike<Precision<FP64>>();
  trains_alike<Precision<BF16>>();  // under autocast
}
