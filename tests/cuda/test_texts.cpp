// Texts on the device that is made up: losses of tokens and of texts that go together, and a tiny BERT. From the second
// step on the host waits for nothing and copies nothing from pageable memory; weights are those of the CPU.
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/recipe/rewrites/tasks.hpp"

using namespace tuneit;

namespace {

constexpr std::int64_t N = 6, S = 8;

struct Plain final : Network<Inputs<Tokens<"ids", S>>, Block<"embed", Named<"word", Embedding<20, 6>>>,
                             Block<"head", Named<"fc", Linear<6, 2>>>> {};
struct Vectors final : Network<Inputs<Tokens<"ids", S>>, Block<"embed", Named<"word", Embedding<20, 6>>>,
                               Block<"head", FirstToken, Named<"fc", Linear<6, 5>>>> {};

constexpr transformer::Sizes tiny{.eps = 1e-12,
                                  .dropout = 0,
                                  .attention_dropout = 0,
                                  .vocabulary = 20,
                                  .hidden = 16,
                                  .layers = 1,
                                  .heads = 2,
                                  .inner = 24,
                                  .positions = S};
constexpr transformer::Sizes dropping = [] {
  transformer::Sizes s = tiny;
  s.dropout = s.attention_dropout = 0.1;
  return s;
}();
struct TinyBert final : bert::Model<tiny> {};
struct DroppingBert final : bert::Model<dropping> {};

template <class R>
data::Batch batch() {
  data::Batch b;
  b.images = at::randint(1, 20, {N, S}, make_generator(1), at::kLong);
  b.index.resize(static_cast<std::size_t>(N));
  if constexpr (target_kind<typename R::loss> == TargetKind::Spans)
    b.labels = at::randint(0, S, {N, 2}, make_generator(2), at::kLong);
  else if constexpr (target_kind<typename R::loss> == TargetKind::Groups)
    b.labels = at::randn({N}, make_generator(2)).sigmoid();
  else
    b.labels = at::arange(N, at::kLong).remainder(3);
  if constexpr (R::model::input::others::size > 0) {
    const at::Tensor lengths = at::arange(3, 3 + N, at::kLong).clamp_max(S).unsqueeze(1);
    b.other_inputs = {at::arange(S, at::kLong).lt(lengths), b.images.remainder(2)};
  }
  return b;
}

/// Same: the device draws nothing, so that it computes what the CPU does.
template <bool Same, class Model, class... Policies>
void trains() {
  using R = Finetune<Model, Precision<FP64>, Policies...>;
  INFO(type_name<R>());
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  Trainer<R> cpu(s);
  s.device = DeviceKind::Cuda;
  Trainer<R> gpu(s);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  const data::Batch here = batch<R>();
  data::Batch there = here;
  for (at::Tensor* x : {&there.images, &there.labels}) *x = x->to(gpu.device());
  for (at::Tensor& x : there.other_inputs) x = x.to(gpu.device());
  const auto step = [](auto& trainer, const data::Batch& b) {
    if constexpr (R::model::input::others::size > 0)
      trainer.step(b, 100);
    else
      trainer.step(b.images, b.labels, 100);
  };
  for (int i = 0; i < 4; ++i) {
    fake_cuda::reset();
    step(gpu, there);
    INFO("step " << i + 1 << " waits for: " << fake_cuda::counts().waited());
    if (i > 0) CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
    step(cpu, here);
  }
  double worst = 0, moved = 0;
  const Trainer<R> start(s);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) {
    const at::Tensor now = gpu.tensors()[i].to(at::kCPU);
    worst = std::max(worst, cpu.tensors()[i].sub(now).abs().max().template item<double>());
    moved = std::max(moved, start.tensors()[i].to(at::kCPU).sub(now).abs().max().template item<double>());
  }
  CHECK(moved > 1e-4);
  if constexpr (Same)
    CHECK(worst < 1e-9);
  else
    CHECK(std::isfinite(worst));
}

}  // namespace

TEST_CASE("losses of answers and of texts that go together, on the device") {
  trains<true, Plain, SpanLoss<>>();
  trains<true, Vectors, CosineSimilarity<>>();
  trains<true, Vectors, InBatchNegatives<GroupSize<3>>>();
  trains<true, Vectors, TripletMargin<>>();
}
TEST_CASE("a tiny BERT on the device: attention, tables, layer norms") {
  trains<true, TinyBert, Classify<3>, AdamW<Lr<1e-2>>>();
}
TEST_CASE("a tiny BERT that draws on the device what it drops") {
  trains<false, DroppingBert, Classify<3>, AdamW<Lr<1e-2>>>();
}
