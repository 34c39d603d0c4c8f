// Steps that are replayed are the steps that they replace, to the bit: on a device that is made up, whose graphs keep
// the calls of operators and call them again.
#include <ATen/Context.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "cuda/fake_graphs.hpp"
#include "cuda/grown.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;
using networks::Small;

namespace {

template <class... Ps>
using With = Finetune<Small, ReplaceHead<2>, Ps...>;

template <class R>
Trainer<R> trainer(bool graphs) {
  Settings s = defaults<R>();
  s.device = DeviceKind::Cuda;
  s.graphs = graphs;
  s.deterministic = !fake_cuda::made_up;  // bits are compared
  const HasGraphs here;
  return Trainer<R>(s);
}
/// The i-th batch of an epoch of seven, of which the last one is shorter.
template <class R>
StepResult step(Trainer<R>& t, int i, double times = 1) {
  const std::int64_t n = i % 7 == 6 ? 5 : 8;
  const at::Tensor x = at::randn({n, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(i))).mul_(times);
  return t.step(x.to(t.device()), at::arange(n, at::kLong).remainder(2).to(t.device()), 7);
}
template <class R>
void same(const Trainer<R>& a, const Trainer<R>& b) {
  CHECK(a.steps_done() == b.steps_done());
  for (std::size_t i = 0; i < a.tensors().size(); ++i) {
    INFO(table<typename R::model>.name(i));
    CHECK(a.tensors()[i].cpu().equal(b.tensors()[i].cpu()));
    CHECK(a.best_tensors()[i].cpu().equal(b.best_tensors()[i].cpu()));
  }
}
/// Two epochs with graphs and without: equal in everything. Returns the steps that were replayed.
template <class... Ps>
long long alike(double times = 1) {
  using R = With<Ps..., Epochs<4>>;
  INFO(type_name<R>());
  auto graphs = trainer<R>(true), eager = trainer<R>(false);
  CHECK(graphs.why_no_graphs().empty());
  for (int i = 0; i < 14; ++i) {
    const double size = i == 8 || i == 9 ? times : 1;
    const StepResult a = step(graphs, i, size), b = step(eager, i, size);
    CHECK(static_cast<double>(a.loss) == static_cast<double>(b.loss));
    CHECK(static_cast<double>(a.correct) == static_cast<double>(b.correct));
    CHECK(a.count == b.count);
    if (i % 7 == 6) {
      graphs.finish_window(7);
      eager.finish_window(7);
    }
  }
  same(graphs, eager);
  CHECK(eager.graphs().second == 0);
  CHECK(eager.graphs_text() == "steps are no CUDA graphs: Settings::graphs is off");
  CHECK(graphs.graphs_text() == "8 steps were a CUDA graph each");
  CHECK(graphs.why_no_graphs() == "");
  const auto figures = graphs.trained_metrics(), others = eager.trained_metrics();
  for (std::size_t i = 0; i < figures.size(); ++i) CHECK(figures[i].value == others[i].value);
  return graphs.graphs().second;
}
template <class... Ps>
std::string refused() {
  auto t = trainer<With<Ps..., Epochs<4>>>(true);
  for (int i = 0; i < 14; ++i) step(t, i);
  CHECK(t.graphs().second == 0);
  return t.why_no_graphs();
}

/// How products of single precision are computed when the outputs are there.
struct SeesPrecision : PolicyTag {
  static constexpr Moments acts = OnOutputs;
  static constexpr Order order = Order::Read;
  static constexpr Effects effects{.replays = true};
  using keeps = Nothing;
  std::string seen;
  template <class C>
  void on_outputs(StepOutputs&, const C&) {
    seen = at::precision2str(at::globalContext().float32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL));
  }
};

struct Remembers : PolicyTag {  // a tensor that is another one in each step
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  static constexpr Effects effects{.replays = true};
  using keeps = Nothing;
  at::Tensor sum;
  template <class C>
  void on_gradients(const C& c) {
    const at::Tensor now = c.gradients.begin()->square().sum();
    sum = sum.defined() ? sum.add(now) : now;
  }
};

}  // namespace

TEST_CASE("a step that may be replayed computes in the numbers that the recipe says", "[gpu]") {
  auto exact = trainer<With<SeesPrecision>>(true);
  auto rounded = trainer<With<SeesPrecision, Precision<TF32>>>(true);
  step(exact, 0);
  step(rounded, 0);
  CHECK(exact.template behaviour<SeesPrecision>().seen == "ieee");
  CHECK(rounded.template behaviour<SeesPrecision>().seen == "tf32");
}

TEST_CASE("replayed steps are the steps that they replace: rates, averages, limits, metrics", "[gpu]") {
  CHECK(alike<AdamW<>, CosineLr, Ema<0.9, EmaWarmup<>>, ClipNorm<1>, Metrics<Accuracy>>() == 8);
  CHECK(alike<Sgd<Momentum<0.9>>, Freeze<Layers<0, 1>>, GroupOf<Head, Lion<Lr<1e-3>>, CosineLr>>() == 8);
}

TEST_CASE("half precision with an overflow, and mixed batches", "[gpu]") {
  CHECK(alike<AdamW<>, Precision<FP16>, Mixup<0.2>>(1e4) == 8);
}

TEST_CASE("a new phase is captured anew, and the batch of another size is no step of a graph", "[gpu]") {
  using R = With<Sgd<Momentum<0.9>>, CosineLr, Phases<Phase<Epochs<1>, TrainOnly<Head>>, Phase<Epochs<2>>>>;
  auto graphs = trainer<R>(true), eager = trainer<R>(false);
  for (int i = 0; i < 21; ++i) {
    step(graphs, i);
    step(eager, i);
    CHECK(graphs.graphs().first == ((i >= 3 && i < 7) || i >= 11 ? 1 : 0));
  }
  same(graphs, eager);
  CHECK(graphs.graphs().second == 3 + 2 + 6);
}

TEST_CASE("a training goes on elsewhere, and one that is read forgets its graphs") {
  using R = With<AdamW<>, CosineLr, Ema<0.9>, Epochs<4>>;
  auto graphs = trainer<R>(true), eager = trainer<R>(false);
  for (int i = 0; i < 6; ++i) {
    step(graphs, i);
    step(eager, i);
  }
  CHECK(graphs.graphs().first == 1);
  Archive archive;
  save(eager, archive);
  load(graphs, archive);
  CHECK(graphs.graphs().first == 0);
  for (int i = 7; i < 13; ++i) {
    step(graphs, i);
    step(eager, i);
  }
  CHECK(graphs.graphs().first == 1);
  same(graphs, eager);

  for (auto* t : {&graphs, &eager}) {  // told late
    step(*t, 14, std::numeric_limits<double>::infinity());
    CHECK_REFUSED(step(*t, 15), ErrorKind::Diverged, "no longer a finite number in step 13");
  }
  for (int i = 13; i < 16; ++i) {
    step(graphs, i);
    step(eager, i);
  }
  CHECK(graphs.graphs().first == 1);
  same(graphs, eager);
}

TEST_CASE("what may not be replayed is not, and it is said why", "[gpu]") {
  CHECK_THAT((refused<Sgd<>, Accumulate<2>>()), Catch::Contains("several batches"));
  CHECK_THAT((refused<Sgd<>, Grown<true, false>>()), Catch::Contains("does not say Effects{.replays = true}"));
  CHECK_THAT((refused<Sgd<>, Grown<false>>()), Catch::Contains("aten::mul_") && Catch::Contains("is followed by"));
  CHECK_THAT((refused<Sgd<Momentum<0.9>>, OneCycle<>>()), Catch::Contains("reads from the host"));
  CHECK_THAT((refused<Sgd<>, Remembers>()), Catch::Contains("other tensors in each step"));
  CHECK(alike<Sgd<>, Grown<true>>() == 8);
}
