// Trainings in which our own CUDA kernels do their part, on the device that is made up: the weights of the CPU, nothing
// that waits, and fewer operators than through ATen.
#include <ATen/ops/arange.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "cuda/fake_graphs.hpp"
#include "cuda/host_runner.hpp"
#include "tuneit/data/augment/device_finish.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

struct Net final
    : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<6>>, ReLU6>,
              Block<"body",
                    Residual<Seq<Named<"b", Conv2d<6, 16, Window{3, 2, 1}>>, Named<"m", BatchNorm2d<16>>>,
                             Seq<Named<"s", Conv2d<6, 16, Window{1, 2}>>, Named<"d", BatchNorm2d<16>>>>,
                    ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<16, 4>>>> {};

struct Mobile final
    : Network<Input<3, 8>,
              Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<8>>, ReLU6,
                    Named<"d", Conv2d<8, 8, Window{.kernel = 3, .stride = 2, .padding = 1, .groups = 8}>>,
                    Named<"m", BatchNorm2d<8>>, ReLU6,
                    Named<"e", Conv2d<8, 8, Window{.kernel = 5, .stride = 1, .padding = 2, .groups = 8}>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 4>>>> {};

/// Moves the head in each step, where the optimizer has.
struct ZeroesHead : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr Effects effects{.writes_weights = true, .replays = true};
  using keeps = Nothing;
  template <class C>
  void after_step(const C& c) {
    for (const std::size_t i : {0U, 1U}) at::Tensor(c.tensors[table<typename C::model>.size - 1 - i]).zero_();
  }
};

template <class R>
Trainer<R> trainer(DeviceKind device) {
  Settings s = defaults<R>();
  s.device = device;
  return Trainer<R>(s);
}

/// How far the weights of four steps are from the CPU's; what a step cost is in the counts afterwards.
template <class R>
double distance() {
  Trainer<R> gpu = trainer<R>(DeviceKind::Cuda), cpu = trainer<R>(DeviceKind::Cpu);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  const at::Tensor images = at::randn({8, 3, 8, 8}, make_generator(1)).contiguous(at::MemoryFormat::ChannelsLast),
                   labels = at::arange(8, at::kLong).remainder(4), x = images.to(gpu.device()),
                   y = labels.to(gpu.device());
  for (int i = 0; i < 4; ++i) {
    fake_cuda::reset();
    const StepResult there = gpu.step(x, y, 100), here = cpu.step(images, labels, 100);
    if (i > 0) {
      INFO(fake_cuda::counts().waited());
      CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
    }
    const auto before = fake_cuda::counts();
    CHECK(static_cast<double>(there.loss) == Approx(static_cast<double>(here.loss)).epsilon(1e-2));
    CHECK(static_cast<double>(there.correct) == static_cast<double>(here.correct));
  }
  double most = 0;
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) {
    const at::Tensor wanted = cpu.tensors()[i].to(at::kDouble);
    most =
        std::max(most, gpu.tensors()[i].to(at::kCPU).to(at::kDouble).sub(wanted).abs().max().template item<double>());
  }
  return most;
}
/// How often each of our kernels ran in one step.
template <class R>
std::map<std::string, std::int64_t> operators() {
  Trainer<R> gpu = trainer<R>(DeviceKind::Cuda);
  const at::Tensor x = at::randn({8, 3, 8, 8}, make_generator(1)).to(gpu.device()),
                   y = at::arange(8, at::kLong).remainder(4).to(gpu.device());
  gpu.step(x, y, 100);
  fake_cuda::reset();
  gpu.step(x, y, 100);
  return fake_cuda::counts().operators_by_name;
}
std::int64_t sum(const std::map<std::string, std::int64_t>& all) {
  std::int64_t n = 0;
  for (const auto& [name, count] : all) n += count;
  return n;
}

HostRunner& host() {
  static HostRunner& runner = *new HostRunner;
  return runner;
}

}  // namespace

TEST_CASE("trainings with our own kernels have the weights of the CPU's") {
  const aten::cuda::RunBy ours(host());
  CHECK(distance<Finetune<Net, Precision<FP64>>>() < 1e-12);
  CHECK(distance<Finetune<Net>>() < 2e-5);
  CHECK(distance<Finetune<Net, Precision<FP64>, FrozenStats<Layers<0, 1>>, CrossEntropy<LabelSmoothing<0.1>>>>() <
        1e-12);
}

TEST_CASE("our own kernels run, and a step is fewer operators") {
  using R = Finetune<Net, Precision<BF16>>;
  const auto by_aten = operators<R>();
  const aten::cuda::RunBy ours(host());
  const auto own = operators<R>();
  const auto at = [&](const char* name) { return own.contains(name) ? own.at(name) : 0; };
  CHECK(at("norm_moments") == 3);
  CHECK(at("norm_apply") == 3);
  CHECK(at("norm_reduce") == 3);
  CHECK(at("norm_gradient") == 3);
  CHECK(at("cross_entropy") == 1);
  CHECK(at("aten::native_batch_norm") == 0);
  INFO("by ATen " << sum(by_aten) << ", by our kernels " << sum(own));
  CHECK(sum(own) < sum(by_aten));
  const auto mobile = operators<Finetune<Mobile, Precision<BF16>>>();
  for (const char* name : {"depthwise_forward", "depthwise_input", "depthwise_parts", "depthwise_weights"})
    CHECK(mobile.at(name) == 2);
  CHECK(mobile.at("aten::convolution") == 1);
}

TEST_CASE("optimizers by our own kernels end where the CPU's do") {
  const aten::cuda::RunBy ours(host());
  CHECK(distance<Finetune<Net, Precision<FP64>, Sgd<Lr<0.05>, Momentum<0.9>, Dampening<0.5>, WeightDecay<1e-2>>,
                          ClipNorm<0.5>>>() < 1e-12);
  CHECK(distance<Finetune<Net, Precision<FP64>, AdamW<Lr<1e-3>>, NoDecay<Biases>, Ema<0.9>>>() < 1e-12);
  CHECK(distance<Finetune<Net, Adam<Lr<1e-3>>, ClipNorm<0.1>>>() < 2e-5);
  // the kernel knows nothing of the largest second moment
  CHECK(distance<Finetune<Net, Precision<FP64>, AdamW<Lr<1e-3>, Betas<0.9, 0.5>, AmsGrad>>>() < 1e-12);
}

TEST_CASE("an optimizer's kernel writes casts and reads gradients as they are") {
  using R = Finetune<Net, Precision<BF16>, AdamW<>>;
  const aten::cuda::RunBy ours(host());
  const auto own = operators<R>();
  CHECK(own.at("adam_step") == 1);
  CHECK(!own.contains("aten::_fused_adamw_.tensor_lr"));
  const auto at = [](const auto& all, const char* name) { return all.contains(name) ? all.at(name) : 0; };
  const auto limited = operators<Finetune<Net, Precision<BF16>, AdamW<>, ClipNorm<1.0>>>();
  CHECK(at(limited, "aten::_foreach_copy_") == at(own, "aten::_foreach_copy_") + 1);  // of gradients
  CHECK(limited.at("gradient_norm") == 1);
  CHECK(limited.at("gradient_scale") == 1);
  CHECK(!limited.contains("aten::_foreach_norm.Scalar"));
  const auto casts = [&](const auto& all) { return at(all, "aten::copy_"); };
  CHECK(casts(operators<Finetune<Net, Precision<BF16>, AdamW<>, ZeroesHead>>()) == casts(own) + 1);
}

namespace {

const at::Tensor images = at::randn({8, 3, 8, 8}, make_generator(1)), labels = at::arange(8, at::kLong).remainder(4);
template <class R>
double loss(Trainer<R>& t) {
  return t.step(images.to(t.device()), labels.to(t.device()), 100).loss;
}
/// Equal logits for each class from here on.
template <class R>
void zero_head(Trainer<R>& t) {
  for (const std::size_t i : {0U, 1U}) at::Tensor(t.tensors()[t.tensors().size() - 1 - i]).zero_();
}

}  // namespace

TEST_CASE("casts that a kernel has written are those of weights that somebody has changed since") {
  const aten::cuda::RunBy ours(host());
  using R = Finetune<Net, Precision<BF16>, AdamW<>>;
  auto t = trainer<R>(DeviceKind::Cuda);
  loss(t);
  CHECK(loss(t) != Approx(std::log(4)).epsilon(1e-5));
  zero_head(t);
  CHECK(loss(t) == Approx(std::log(4)).epsilon(1e-5));
  CHECK(loss(t) != Approx(std::log(4)).epsilon(1e-5));
  auto moved = trainer<Finetune<Net, Precision<BF16>, AdamW<>, ZeroesHead>>(DeviceKind::Cuda);
  loss(moved);
  CHECK(loss(moved) == Approx(std::log(4)).epsilon(1e-5));

  Archive archive;
  save(t, archive);
  auto other = trainer<R>(DeviceKind::Cuda);
  loss(other);
  load(other, archive);
  for (int i = 0; i < 2; ++i) CHECK(loss(other) == loss(t));
  fake_cuda::reset();
  loss(other);
  CHECK(fake_cuda::counts().operators_by_name.at("adam_step") == 1);  // what was read lies as kernels want it
}

TEST_CASE("steps of our own kernels are replayed, and weights that are changed between two of them are seen") {
  const aten::cuda::RunBy ours(host());
  using R = Finetune<Net, Precision<BF16>, AdamW<>>;
  auto each = trainer<R>(DeviceKind::Cuda);
  const HasGraphs graphs;
  auto replayed = trainer<R>(DeviceKind::Cuda);
  for (int i = 0; i < 12; ++i) {
    if (i == 8)
      for (auto* t : {&each, &replayed}) zero_head(*t);
    const double wanted = loss(each), found = loss(replayed);
    CHECK(found == wanted);
    if (i == 8) CHECK(found == Approx(std::log(4)).epsilon(1e-5));
  }
  CHECK(replayed.graphs().second >= 6);
  for (std::size_t i = 0; i < each.tensors().size(); ++i)
    CHECK(each.tensors()[i].cpu().equal(replayed.tensors()[i].cpu()));
}

namespace {

/// In which tickets do kernels of a step count?
struct SeesTickets : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  static constexpr Effects effects{.replays = true};
  using keeps = Nothing;
  std::set<int*> seen;
  template <class C>
  void on_gradients(const C& c) {
    seen.insert(aten::cuda::tickets(c.device));
  }
};

}  // namespace

TEST_CASE("what is captured counts in tickets of its own") {
  const aten::cuda::RunBy ours(host());
  const HasGraphs graphs;
  auto t = trainer<Finetune<Net, Precision<BF16>, SeesTickets>>(DeviceKind::Cuda);
  int* const all = aten::cuda::tickets(t.device());
  for (int i = 0; i < 2; ++i) loss(t);
  CHECK(t.behaviour<SeesTickets>().seen == std::set<int*>{all});
  for (int i = 0; i < 4; ++i) loss(t);
  CHECK(t.graphs().first == 1);
  CHECK(t.behaviour<SeesTickets>().seen.size() == 2);
  CHECK(aten::cuda::tickets(t.device()) == all);
}

TEST_CASE("bytes are finished by one kernel, to the bit of the CPU") {
  data::Augment augment = data::flips(8);
  augment.erase({data::RandomErasing{}, data::RandomErasing{}});
  data::DeviceFinish here(augment, at::kCPU), there(augment, at::Device(at::kCUDA, 0));
  const at::Tensor bytes = at::randint(256, {3, 3, 8, 8}, at::kByte).contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<data::Deferred> deferred(3);
  for (data::Deferred& d : deferred) d.erased.resize(2);
  deferred[1].mirrored = deferred[2].mirrored = deferred[2].turned_over = true;
  deferred[1].erased[0].box = {2, 1, 3, 4};
  deferred[2].erased[1].box = {0, 0, 8, 2};
  const aten::cuda::RunBy ours(host());
  fake_cuda::reset();
  at::Tensor labels;
  const at::Tensor x = there(bytes, deferred, labels);
  CHECK(fake_cuda::counts().operators_by_name.at("finish_bytes") == 1);
  CHECK(fake_cuda::counts().operators == 3);  // and two copies
  CHECK(x.to(at::kCPU).equal(here(bytes, deferred, labels)));
  CHECK(there(bytes, std::vector<data::Deferred>(3), labels)
            .to(at::kCPU)
            .equal(here(bytes, std::vector<data::Deferred>(3), labels)));
}
