// Optimizers on a device, which is made up: what its kernels read, the weights of the CPU, and what a step that is left
// out costs. And the layers whose numbers lie there in an order of their own.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;
using networks::Small;

namespace {

const c10::Device gpu(c10::kCUDA, 0);

template <class R>
Trainer<R> on(DeviceKind device) {
  Settings s = defaults<R>();
  s.device = device;
  return Trainer<R>(s);
}
template <class R>
void step(Trainer<R>& t, std::uint64_t seed, double times = 1) {
  const at::Tensor x = at::randn({8, 3, 16, 16}, make_generator(seed)).mul_(times);
  t.step(x.to(t.device()), at::arange(8, at::kLong).remainder(2).to(t.device()), 100);
}
template <class... Ps>
void same_as_cpu(double margin) {
  using R = Finetune<Small, ReplaceHead<2>, Ps...>;
  INFO(type_name<R>());
  auto here = on<R>(DeviceKind::Cpu), there = on<R>(DeviceKind::Cuda);
  for (std::size_t i = 0; i < here.tensors().size(); ++i) there.tensors()[i].copy_(here.tensors()[i]);
  for (std::uint64_t i = 0; i < 3; ++i) {
    step(here, i);
    step(there, i);
  }
  for (std::size_t i = 0; i < here.tensors().size(); ++i) {
    INFO(table<typename R::model>.name(i));
    const at::Tensor a = here.tensors()[i].to(at::kDouble), b = there.tensors()[i].cpu().to(at::kDouble);
    CHECK(a.sub(b).abs().max().item<double>() <= margin);
  }
}

/// The type of an optimizer's count of steps for weights of a type on a device.
template <class Opt>
at::ScalarType type_of_count(at::ScalarType weights, c10::Device device) {
  GroupOptimizer<Opt> one;
  one.add(at::zeros({3}, weights).to(device), 0);
  one.make_state({});
  at::ScalarType found = at::ScalarType::Undefined;
  one.each_state([&](const std::string& name, const std::vector<at::Tensor>& all) {
    if (name == "step") found = all.front().scalar_type();
  });
  return found;
}

/// How often a copy is made on the device in a step of one tensor that is told of overflow or not.
template <class Opt>
std::int64_t copies(bool overflow) {
  GroupOptimizer<Opt> one;
  const at::Tensor w = at::zeros({3}).to(gpu), none = overflow ? at::zeros({1}).to(gpu) : at::Tensor();
  one.add(w, 0);
  std::vector<at::Tensor> g{at::arange(3, at::kFloat).to(gpu)};
  one.step({}, g, none);
  g = {at::arange(3, at::kFloat).to(gpu)};
  fake_cuda::reset();
  one.step({}, g, none);
  std::int64_t all = 0;
  for (const auto& [name, count] : fake_cuda::counts().operators_by_name)
    if (name.find("copy_") != std::string::npos || name.find("clone") != std::string::npos) all += count;
  return all;
}

}  // namespace

TEST_CASE("a fused optimizer's count of steps is a float on a device, as its kernels read it") {
  CHECK(type_of_count<Adam<>>(at::kDouble, gpu) == at::kFloat);
  CHECK(type_of_count<AdamW<>>(at::kDouble, gpu) == at::kFloat);
  CHECK(type_of_count<Adagrad<>>(at::kDouble, gpu) == at::kFloat);
  CHECK(type_of_count<Adam<>>(at::kFloat, gpu) == at::kFloat);
  CHECK(type_of_count<Adam<>>(at::kDouble, at::kCPU) == at::kDouble);
  CHECK(type_of_count<Lamb<>>(at::kDouble, gpu) == at::kDouble);  // computed with
}

TEST_CASE("weights are those of the CPU, from the first step on", "[gpu]") {
  same_as_cpu<Adam<>, Precision<FP64>>(1e-12);
  same_as_cpu<Adagrad<>, Precision<FP64>>(1e-12);
  same_as_cpu<Sgd<Lr<0.1>, Momentum<0.9>, Dampening<0.5>>, Precision<FP64>>(1e-12);  // the first is not dampened
}

TEST_CASE("a step that may be left out keeps one copy of what it moves, and puts it back in place") {
  CHECK(copies<Lion<>>(true) - copies<Lion<>>(false) == 2);            // weight and average
  CHECK(copies<Adafactor<>>(true) - copies<Adafactor<>>(false) == 4);  // weight, rows, columns, variance
}

TEST_CASE("a group norm on a device takes planes of channels, whatever comes") {
  using Run = Train<GroupNorm<2, 4>, tuneit::detail::TensorFacts<2>{.live = true, .trained = {3}}, Need{true}>;
  const tuneit::detail::BelowAutograd below;
  const auto run = [](c10::Device device, Run::Saved& saved) {
    const auto g = make_generator(3);
    const at::Tensor w[2] = {at::randn({4}, g).to(device), at::randn({4}, g).to(device)};
    at::Tensor gradients[2];
    const Context c{w, gradients};
    const at::Tensor x = at::randn({2, 4, 3, 3}, g).contiguous(at::MemoryFormat::ChannelsLast),
                     dy = at::randn({2, 4, 3, 3}, g).contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor y = Run::forward(x.to(device), saved, c);
    Run::Saved used = saved;
    at::Tensor dx = Run::backward({dy.to(device)}, used, c).sum();
    return std::array{y.cpu(), dx.cpu(), gradients[0].cpu(), gradients[1].cpu()};
  };
  Run::Saved here, there;
  const auto a = run(at::kCPU, here), b = run(gpu, there);
  CHECK(here.x.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(there.x.is_contiguous());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].sub(b[i]).abs().max().item<double>() < 1e-5);
}

TEST_CASE("steps in which a window is closed are counted, and others are not") {
  using R = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, Accumulate<3>>;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  auto closed = on<R>(DeviceKind::Cuda);
  step(closed, 0);
  closed.finish_window(100);  // step 1, of one batch
  step(closed, 1, infinity);
  closed.pass_over(100);  // within the second window
  closed.pass_over(100);  // its end
  CHECK(closed.steps_done() == 2);
  CHECK_REFUSED(closed.finish_window(100), ErrorKind::Diverged, "no longer a finite number in step 2");
  CHECK(closed.steps_done() == 1);

  auto open = on<R>(DeviceKind::Cuda);
  step(open, 1, infinity);
  open.pass_over(100);
  CHECK_REFUSED(open.finish_window(100), ErrorKind::Diverged, "no longer a finite number in step 1");
  CHECK(open.steps_done() == 0);
}
