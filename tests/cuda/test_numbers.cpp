// How a GPU computes: number types, TF32, equal bits, and operators that CUDA alone has. On a fake device.
#include <ATen/Context.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <string>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

std::string precision(at::Float32Op op) {
  return at::precision2str(at::globalContext().float32Precision(at::Float32Backend::CUDA, op));
}
/// LibTorch's switches, in words.
std::string switches() {
  const at::Context& c = at::globalContext();
  return precision(at::Float32Op::CONV) + " " + precision(at::Float32Op::MATMUL) + (c.benchmarkCuDNN() ? " fast" : "") +
         (c.deterministicCuDNN() ? " cudnn" : "") + (c.deterministicAlgorithms() ? " deterministic" : "");
}
struct Looks : PolicyTag {
  static constexpr Moments acts = OnOutputs | OnBlockGradients;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  std::string seen;
  template <class C>
  void on_outputs(StepOutputs&, const C&) {
    seen = switches();
  }
  template <class C>
  void on_block_gradients(std::size_t, const C&) {
    if (seen != switches()) seen += "; " + switches();
  }
};

struct Net final
    : Network<
          Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<6>>, ReLU>,
          Block<"body", Residual<Seq<Named<"b", Conv2d<6, 6, Window{3, 1, 1}>>, Named<"m", BatchNorm2d<6>>>, Identity>,
                ReLU, MaxPool2d<Window{3, 2, 1}>>,
          Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 4>>>> {};

template <class R>
Trainer<R> on(DeviceKind device, bool deterministic = false) {
  Settings s = defaults<R>();
  s.device = device;
  s.deterministic = deterministic;
  return Trainer<R>(s);
}
template <class R>
void step(Trainer<R>& t) {
  t.step(at::randn({4, 3, 16, 16}, make_generator(1)).to(t.device()), at::arange(4, at::kLong).to(t.device()), 100);
}
template <class P>
std::string seen(DeviceKind device, bool deterministic = false) {
  auto t = on<Finetune<Net, Looks, Precision<P>>>(device, deterministic);
  step(t);
  return t.template behaviour<Looks>().seen;
}

}  // namespace

TEST_CASE("what single precision means on a GPU is said while a network runs, and was before what it is afterwards") {
  const std::string before = switches();
  CHECK(seen<FP32>(DeviceKind::Cuda) == "ieee ieee fast");
  CHECK(seen<TF32>(DeviceKind::Cuda) == "tf32 tf32 fast");
  CHECK(seen<FP32>(DeviceKind::Cuda, true) == "ieee ieee cudnn deterministic");
  CHECK(seen<FP32>(DeviceKind::Cpu) == before);
  CHECK(switches() == before);
  at::globalContext().setBenchmarkCuDNN(true);
  CHECK(seen<FP32>(DeviceKind::Cuda, true) == "ieee ieee cudnn deterministic");
  CHECK(switches() == before + " fast");
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setDeterministicAlgorithms(true, true);
  CHECK(seen<TF32>(DeviceKind::Cuda) == "tf32 tf32 deterministic");
  CHECK(at::globalContext().deterministicAlgorithmsWarnOnly());
  at::globalContext().setDeterministicAlgorithms(false, false);
}

TEST_CASE("bfloat16 is chosen on a GPU that multiplies it") {
  using R = Finetune<Net, Precision<Auto>>;
  CHECK(on<R>(DeviceKind::Cuda).numbers() == at::kBFloat16);
  const fake_cuda::Old old;
  CHECK(on<R>(DeviceKind::Cuda).numbers() == at::kFloat);
  CHECK(on<Finetune<Net, Precision<BF16>>>(DeviceKind::Cuda).numbers() == at::kBFloat16);
}

TEST_CASE("where bits must be equal, no operator adds in an order of its own") {
  using R = Finetune<Net, Precision<FP64>>;
  auto as_ever = on<R>(DeviceKind::Cuda), ordered = on<R>(DeviceKind::Cuda, true);
  for (int i = 0; i < 3; ++i) {
    step(as_ever);
    fake_cuda::reset();
    step(ordered);
    CHECK(fake_cuda::counts().operators_by_name.count("aten::max_pool2d_with_indices_backward.grad_input") == 0);
  }
  for (std::size_t i = 0; i < as_ever.tensors().size(); ++i)
    CHECK(as_ever.tensors()[i].cpu().allclose(ordered.tensors()[i].cpu(), 1e-12, 1e-12));
}

TEST_CASE("the backward of a max pool by windows that share no pixel") {
  const auto check = [](Window w) {
    INFO(w.kernel.height << "/" << w.stride.height << "/" << w.padding.height << "/" << w.dilation.height);
    const at::Tensor x = at::randn({2, 3, 11, 9}, make_generator(1), at::kDouble);
    const auto k = tuneit::detail::sizes(w.kernel), s = tuneit::detail::sizes(w.stride),
               p = tuneit::detail::sizes(w.padding), d = tuneit::detail::sizes(w.dilation);
    tuneit::detail::PoolSaved saved;
    saved.x = x;
    at::Tensor y;
    std::tie(y, saved.index) = aten::max_pool2d_with_indices(x, k, s, p, d);
    const at::Tensor dy = at::randn(y.sizes(), make_generator(2), at::kDouble);
    CHECK(tuneit::detail::max_pool_backward_apart(dy, saved, w)
              .allclose(aten::max_pool2d_with_indices_backward(dy, x, k, s, p, d, saved.index), 1e-14, 1e-14));
  };
  check(Window{2, 2});
  check(Window{3, 2, 1});
  check(Window{3, 1, 1});
  check(Window{.kernel = 3, .stride = 2, .padding = 1, .dilation = 2});
}

TEST_CASE("dropout is one kernel there and one back, of the draws of the CPU") {
  using Run = Train<Dropout<0.4>, tuneit::detail::TensorFacts<0>{.live = true}, Need{true}>;
  const at::Tensor x = at::randn({5, 7}, make_generator(1));
  const auto run = [&](c10::Device device) {
    const tuneit::detail::BelowAutograd below;
    const at::Generator g = make_generator(3, device);
    const Context c{nullptr, nullptr, &g, 0};
    Run::Saved saved;
    const at::Tensor there = x.to(device);
    fake_cuda::reset();
    const at::Tensor y = Run::forward(there, saved, c), dx = Run::backward({y.clone()}, saved, c).value;
    if (device.is_cuda()) CHECK(fake_cuda::counts().operators == 3);  // with the clone
    return std::pair{y.cpu(), dx.cpu()};
  };
  const auto [y, dx] = run(c10::Device(c10::kCPU));
  const auto [there, back] = run(c10::Device(c10::kCUDA, 0));
  CHECK(y.allclose(there));
  CHECK(dx.allclose(back));
  CHECK(y.ne(0).sum().item<int>() > 10);
  CHECK(y.eq(0).sum().item<int>() > 5);
}

TEST_CASE("factors of dropped branches are in single precision, which our own kernels read") {
  const tuneit::detail::BelowAutograd below;
  const at::Generator g = make_generator(3, c10::Device(c10::kCUDA, 0));
  const at::Tensor x = at::randn({64, 2, 3, 3}, make_generator(1)).to(c10::Device(c10::kCUDA, 0), at::kBFloat16),
                   factors = tuneit::detail::drop_factors<0.5, 2>(x, Context{nullptr, nullptr, &g, 1});
  CHECK(factors.scalar_type() == at::kFloat);
  CHECK(factors.cpu().max().item<float>() == Approx(1 / 0.75));
  CHECK(factors.cpu().min().item<float>() == 0);
}

TEST_CASE("in tests and frozen blocks a convolution, an addition and a ReLU are one kernel") {
  using R = Finetune<Net, Freeze<Layers<0, 2>>>;
  const at::Tensor x = at::randn({4, 3, 16, 16}, make_generator(1));
  auto here = on<R>(DeviceKind::Cpu), there = on<R>(DeviceKind::Cuda);
  for (std::size_t i = 0; i < here.tensors().size(); ++i) there.tensors()[i].copy_(here.tensors()[i]);
  const auto ran = [&](Trainer<R>& t) {
    fake_cuda::reset();
    CHECK(t.logits(x.to(t.device())).cpu().allclose(here.logits(x), 1e-4, 1e-5));
    return fake_cuda::counts().operators_by_name;
  };
  auto names = ran(there);
  CHECK(names["aten::cudnn_convolution_relu"] == 1);
  CHECK(names["aten::cudnn_convolution_add_relu"] == 1);
  CHECK(names["aten::relu_"] == 0);
  const fake_cuda::Old old;
  auto before_ampere = on<R>(DeviceKind::Cuda);
  for (std::size_t i = 0; i < here.tensors().size(); ++i) before_ampere.tensors()[i].copy_(here.tensors()[i]);
  CHECK(ran(before_ampere)["aten::relu_"] == 2);
}
