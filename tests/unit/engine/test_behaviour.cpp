// Policies that act, ours and one's own: when are they called, in which order, with what, and what comes of it?
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/generated/variable_factories.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/behaviour/behaviours.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

std::pair<at::Tensor, at::Tensor> batch(std::uint64_t seed, std::int64_t n = 8) {
  const at::Tensor y = at::arange(n, at::kLong).remainder(2);
  return {at::randn({n, 3, 16, 16}, make_generator(seed)), y};
}

template <class R>
void steps(Trainer<R>& trainer, int n, int first = 0, long long steps_per_epoch = 4) {
  for (int i = first; i < first + n; ++i) {
    const auto [x, y] = batch(static_cast<std::uint64_t>(i));
    trainer.step(x, y, steps_per_epoch);
    if ((i + 1) % steps_per_epoch == 0) trainer.finish_window(steps_per_epoch);
  }
}

bool same(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!a[i].equal(b[i])) return false;
  return a.size() == b.size();
}

/// Writes down when it is called, and what it sees.
struct Log : PolicyTag {
  static constexpr Moments acts = OnStart | OnBatch | AroundGradients | OnGradients | BeforeStep | AfterStep |
                                  BeforeEvaluation | AfterLastStep | OnEpoch;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  mutable std::string said;
  std::size_t trained = 0, with_gradient = 0;
  StepTime last{};

  template <class C>
  void on_start(const C&) {
    said += "start ";
  }
  template <class C>
  void on_batch(StepBatch& b, const C&) {
    said += "batch" + std::to_string(b.images.size(0)) + " ";
  }
  template <class C, class Run>
  void around_gradients(const C&, const Run& run) {
    said += "( ";
    run();
    said += ") ";
  }
  template <class C>
  void on_gradients(const C& c) {
    said += "gradients ";
    trained = static_cast<std::size_t>(std::distance(c.tensors.begin(), c.tensors.end()));
    with_gradient = static_cast<std::size_t>(std::distance(c.gradients.begin(), c.gradients.end()));
  }
  template <class C>
  void before_step(const C&) {
    said += "before ";
  }
  template <class C>
  void after_step(const C& c) {
    said += "after ";
    last = c.at;
    if (std::distance(c.gradients.begin(), c.gradients.end()) != 0) said += "(gradients are still there) ";
  }
  template <class C>
  void after_last_step(const C&) {
    said += "last ";
  }
  [[nodiscard]] const Tensors& before_evaluation(const Tensors& own) const {
    said += "evaluation ";
    return own;
  }
  template <class C>
  Training on_epoch(const EpochResult& e, const C&) {
    said += "epoch ";
    return e.epoch < 2 ? Training::Continue : Training::Stop;
  }
};

template <auto Std>
struct GradientNoise : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Add;
  static constexpr std::array numbers{Hyperparameter{.name = "noise", .value = Std}};
  using keeps = Nothing;
  template <class C>
  void on_gradients(const C& c) {
    for (const at::Tensor& g : c.gradients) g.add_(at::randn(g.sizes(), c.generator, g.options()), c.numbers[0]);
  }
};
struct Norm : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  double norm = 0;
  template <class C>
  void on_gradients(const C& c) {
    norm = c.gradients.norm();
  }
};

template <class... Ps>
using With = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, Ps...>;
using Base = With<>;

}  // namespace

TEST_CASE("a policy of one's own is called at each moment that it names, in their order") {
  using R = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, Freeze<Layers<0, 1>>, Log>;
  Trainer<R> trainer(defaults<R>());
  CHECK(trainer.behaviour<Log>().said.empty());
  const std::string step = "batch8 ( ) gradients before after ";
  steps(trainer, 1);
  CHECK(trainer.behaviour<Log>().said == "start " + step);
  steps(trainer, 3, 1);
  CHECK(trainer.behaviour<Log>().said == "start " + step + step + step + step + "last ");
  const Log& log = trainer.behaviour<Log>();
  CHECK(log.trained == 5);  // b, weight and bias of m and fc
  CHECK(log.with_gradient == 5);
  CHECK(log.last.step == 3);
  CHECK(log.last.epoch == 0);
  CHECK(log.last.steps_per_epoch == 4);
  log.said.clear();
  CHECK(&trainer.best_tensors() == &trainer.tensors());
  CHECK(log.said == "evaluation ");
  EpochResult e;
  e.epoch = 1;
  CHECK(trainer.epoch_done(e));
  e.epoch = 2;
  CHECK_FALSE(trainer.epoch_done(e));
  // on_batch changes pictures: their features are not kept
  STATIC_REQUIRE(Trainer<R>::mixes_images);
  STATIC_REQUIRE(feature_count<R>() == 0);
  STATIC_REQUIRE(feature_count<With<Freeze<Layers<0, 1>>>>() > 0);
}

TEST_CASE("the order of policies in a recipe does not matter: gradients are added to, then limited, then read") {
  using A = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, Norm, ClipNorm<0.1>, GradientNoise<0.5>, L2Sp<0.1>>;
  using B = Finetune<Small, ReplaceHead<2>, GradientNoise<0.5>, L2Sp<0.1>, Norm, Sgd<Lr<1e-2>>, ClipNorm<0.1>>;
  Trainer<A> a(defaults<A>());
  Trainer<B> b(defaults<B>());
  steps(a, 3);
  steps(b, 3);
  for (std::size_t i = 0; i < a.tensors().size(); ++i) CHECK(a.tensors()[i].allclose(b.tensors()[i], 1e-5, 1e-6));
  CHECK(a.behaviour<Norm>().norm == Approx(0.1).epsilon(1e-4));
  CHECK(b.behaviour<Norm>().norm == Approx(0.1).epsilon(1e-4));
}

TEST_CASE("numbers of one's own policy are those of the run") {
  using R = With<GradientNoise<0.5>>;
  Settings none = defaults<R>();
  value_of<R, GradientNoise<0.5>>(none) = 0;
  Trainer<R> quiet(none), loud(defaults<R>());
  Trainer<Base> plain(defaults<Base>());
  steps(quiet, 2);
  steps(loud, 2);
  steps(plain, 2);
  CHECK(same(quiet.tensors(), plain.tensors()));
  CHECK_FALSE(same(loud.tensors(), plain.tensors()));
}

namespace {

struct Shift : PolicyTag {
  static constexpr Moments acts = OnBatch;
  template <class C>
  void on_batch(StepBatch& b, const C&) const {
    b.images.add_(1);
  }
};
struct NoPass : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  template <class C, class Run>
  void around_gradients(const C&, const Run&) const {}
};
struct Twice : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  template <class C, class Run>
  void around_gradients(const C&, const Run& run) const {
    run();
    run();
  }
};

}  // namespace

TEST_CASE("what a policy does to a batch is learned from, and not seen by the caller") {
  using R = With<Shift>;
  Trainer<R> shifted(defaults<R>());
  Trainer<Base> plain(defaults<Base>());
  auto [x, y] = batch(1);
  x = x.contiguous(at::MemoryFormat::ChannelsLast);  // nothing to convert: it would be the caller's own memory
  const at::Tensor before = x.clone();
  shifted.step(x, y, 4);
  CHECK(x.equal(before));
  plain.step(x.add(1), y, 4);
  CHECK(same(shifted.tensors(), plain.tensors()));
}

TEST_CASE("gradients may be computed again, and must be computed once; running statistics move once") {
  using R = With<Twice>;
  Trainer<R> twice(defaults<R>());
  Trainer<Base> once(defaults<Base>());
  steps(twice, 3);
  steps(once, 3);
  CHECK(same(twice.tensors(), once.tensors()));
  using Never = With<NoPass>;
  Trainer<Never> never(defaults<Never>());
  CHECK_THROWS_WITH(steps(never, 1), Catch::Contains("did not compute them"));
}

namespace {

struct Epochal : PolicyTag {  // where it believes to be
  static constexpr Moments acts = AfterLastStep | OnEpoch;
  using keeps = Nothing;
  std::vector<int> epochs;
  std::vector<long long> steps;
  template <class C>
  void after_last_step(const C& c) {
    epochs.push_back(c.at.epoch);
    steps.push_back(c.at.step);
  }
  template <class C>
  Training on_epoch(const EpochResult&, const C& c) {
    epochs.push_back(c.at.epoch);
    return Training::Continue;
  }
};
struct Flips : PolicyTag {
  static constexpr Moments acts = OnBatch;
  template <class C>
  void on_batch(StepBatch& b, const C&) const {
    b.targets.value.neg_().add_(1);
  }
};
struct RestoresNothing : PolicyTag {  // the weights as they were at the start, after each epoch
  static constexpr Moments acts = OnStart | OnEpoch;
  using keeps = Nothing;
  Tensors start;
  template <class C>
  void on_start(const C& c) {
    for (const at::Tensor& w : c.tensors) start.push_back(w.clone());
  }
  template <class C>
  Training on_epoch(const EpochResult&, const C& c) {
    auto old = start.begin();
    for (const at::Tensor& w : c.tensors) w.copy_(*old++);
    return Training::Continue;
  }
};
struct ThrowsOnce : PolicyTag {
  static constexpr Moments acts = OnStart;
  using keeps = Nothing;
  bool thrown = false;
  template <class C>
  void on_start(const C&) {
    if (!std::exchange(thrown, true)) throw Error(ErrorKind::Usage, "not yet");
  }
};
struct Swallows : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) const {
    run();
    for (const at::Tensor& w : c.tensors) w.fill_(1e30);
    try {
      run();
    } catch (const Error&) {
    }
  }
};
struct LossSum : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  using keeps = Nothing;
  double loss = 0;
  template <class C, class Run>
  void around_gradients(const C&, const Run& run) {
    loss = run();
  }
};
struct ReadsTooFar : PolicyTag {
  static constexpr Moments acts = AfterStep;
  template <class C>
  void after_step(const C& c) const {
    (void)c.numbers[0];
  }
};

}  // namespace

TEST_CASE("an epoch's end is told once, with the epoch that ended, however its batches were taken") {
  using R = With<Accumulate<2>, Epochal>;
  Trainer<R> trainer(defaults<R>());
  for (int i = 0; i < 2; ++i) {
    const auto [x, y] = batch(static_cast<std::uint64_t>(i));
    trainer.step(x, y, 2);
    trainer.pass_over(2);  // fills the window
    trainer.step(x, y, 2);
    trainer.step(x, y, 2);
    trainer.finish_window(2);
    trainer.finish_window(2);  // nothing has come since
    EpochResult e;
    e.epoch = i + 1;
    CHECK(trainer.epoch_done(e));
  }
  CHECK(trainer.behaviour<Epochal>().epochs == std::vector<int>{0, 0, 1, 1});
  CHECK(trainer.behaviour<Epochal>().steps == std::vector<long long>{1, 3});
}

TEST_CASE("the caller's labels stay as they are") {
  using R = With<Flips>;
  Trainer<R> trainer(defaults<R>());
  const auto [x, y] = batch(1);
  const at::Tensor before = y.clone();
  trainer.step(x, y, 4);
  CHECK(y.equal(before));
}

TEST_CASE("what a policy does to weights after an epoch is what is tested") {
  using R = With<RestoresNothing>;
  Trainer<R> trainer(defaults<R>());
  steps(trainer, 4);
  const auto [x, y] = batch(50);
  const at::Tensor then = trainer.logits(x);
  EpochResult e;
  e.epoch = 1;
  CHECK(trainer.epoch_done(e));
  CHECK_FALSE(trainer.logits(x).allclose(then, 1e-3, 1e-3));
  CHECK(trainer.logits(x).allclose(infer<R::model>(x, trainer.tensors()), 1e-4, 1e-5));
}

TEST_CASE("what a moment throws leaves a trainer that goes on") {
  using R = With<ThrowsOnce, Ema<0.9>>;
  Trainer<R> trainer(defaults<R>());
  CHECK_THROWS_WITH(steps(trainer, 1), Catch::Contains("not yet"));
  steps(trainer, 2);
  CHECK(trainer.steps_done() == 2);
  using S = With<Swallows>;
  Trainer<S> swallows(defaults<S>());
  CHECK_THROWS_WITH(steps(swallows, 1), Catch::Contains("let what it throws pass"));
  using N = With<ReadsTooFar>;
  Trainer<N> reads(defaults<N>());
  CHECK_THROWS_WITH(steps(reads, 1), Catch::Contains("reads its number 0 (from 0), and it has 0"));
}

TEST_CASE("whoever acts around gradients is told the loss of each pass") {
  using R = With<LossSum>;
  Trainer<R> trainer(defaults<R>());
  const auto [x, y] = batch(3);
  CHECK(trainer.step(x, y, 4).loss == trainer.behaviour<LossSum>().loss);
}

TEST_CASE("half precision overflows in the first steps; sharpness-aware minimisation goes on") {
  using R = With<Sam<0.05>, Precision<FP16>>;
  Trainer<R> trainer(defaults<R>());
  for (int i = 0; i < 8; ++i) {
    const auto [x, y] = batch(static_cast<std::uint64_t>(i));
    trainer.step(x.mul(30), y, 8);
  }
  CHECK(trainer.steps_done() == 8);
  for (const at::Tensor& t : trainer.tensors()) CHECK(t.isfinite().all().item<bool>());
}

TEST_CASE("sharpness-aware minimisation steps by the gradient uphill") {
  using R = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, Sam<0.5>, Precision<FP64>>;
  Trainer<R> trainer(defaults<R>());
  const auto [x, y] = batch(1);
  const at::Tensor images = x.to(at::kDouble);
  Tensors w, at_w;
  for (const at::Tensor& t : trainer.tensors()) w.push_back(t.clone());
  const auto gradients = [&](const Tensors& at_these) {
    Tensors leaves;
    for (std::size_t i = 0; i < at_these.size(); ++i) {
      leaves.push_back(at_these[i].detach().clone());
      if (!table<R::model>.rows[i].is_buffer()) leaves.back().set_requires_grad(true);
    }
    const at::Tensor logits = forward<R>(images, leaves, make_generator(1));
    const at::Tensor loss = at::cross_entropy_loss(logits, y);
    loss.backward();
    Tensors g;
    for (std::size_t i = 0; i < leaves.size(); ++i) g.push_back(leaves[i].grad());
    return std::pair{g, loss.item<double>()};
  };
  const auto [g, loss] = gradients(w);
  double squares = 0;
  for (const at::Tensor& t : g)
    if (t.defined()) squares += t.square().sum().item<double>();
  Tensors uphill;
  for (std::size_t i = 0; i < w.size(); ++i)
    uphill.push_back(g[i].defined() ? w[i].add(g[i], 0.5 / std::sqrt(squares)) : w[i].clone());
  const auto [there, loss_there] = gradients(uphill);
  const BatchResult result = trainer.step(images, y, 4);
  CHECK(result.loss == Approx(loss).epsilon(1e-10));
  CHECK(loss_there > loss);
  double moved = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (!g[i].defined()) continue;
    const at::Tensor expected = w[i].sub(there[i], 1e-2);
    CHECK(trainer.tensors()[i].sub(expected).abs().max().item<double>() < 1e-10);
    moved += there[i].sub(g[i]).abs().max().item<double>();
  }
  CHECK(moved > 1e-3);  // it is not the plain gradient
}

TEST_CASE("a loss that is no number uphill leaves the weights as they were") {
  using R = With<Sam<1e30>>;
  Trainer<R> trainer(defaults<R>());
  Tensors before;
  for (const at::Tensor& t : trainer.tensors()) before.push_back(t.clone());
  CHECK_THROWS_WITH(steps(trainer, 1), Catch::Contains("no longer a finite number"));
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!table<Small>.rows[i].is_buffer()) CHECK(trainer.tensors()[i].equal(before[i]));
}

TEST_CASE("stochastic weight averaging is the mean of the ends of epochs") {
  using R = With<Swa<Epochs<1>>>;
  Trainer<R> trainer(defaults<R>());
  Tensors sum;
  for (int epoch = 0; epoch < 4; ++epoch) {
    steps(trainer, 3, 3 * epoch, 3);
    if (epoch == 0) {
      CHECK(&trainer.best_tensors() == &trainer.tensors());
      continue;
    }
    for (std::size_t i = 0; i < trainer.tensors().size(); ++i) {
      const at::Tensor now = trainer.tensors()[i].to(at::kDouble);
      if (epoch == 1)
        sum.push_back(now);
      else
        sum[i] = sum[i].add(now);
      if (trainer.tensors()[i].is_floating_point())
        CHECK(trainer.best_tensors()[i].to(at::kDouble).allclose(sum[i].div(epoch), 1e-5, 1e-6));
      else
        CHECK(trainer.best_tensors()[i].equal(trainer.tensors()[i]));
    }
    const auto [x, y] = batch(77);
    CHECK(trainer.logits(x).allclose(infer<R::model>(x, trainer.best_tensors()), 1e-4, 1e-5));
  }
}

namespace {

struct Misspelt : PolicyTag {
  static constexpr Moments acts = AfterStep;
  template <class C>
  void after_stp(const C&) {}
};
struct WrongAnswer : PolicyTag {
  static constexpr Moments acts = OnEpoch;
  template <class C>
  bool on_epoch(const EpochResult&, const C&) {
    return true;
  }
};
struct WrongArguments : PolicyTag {
  static constexpr Moments acts = AfterStep;
  void after_step(int) {}
};
struct Forgetful : PolicyTag {
  static constexpr Moments acts = AfterStep;
  int steps = 0;
  template <class C>
  void after_step(const C&) {
    ++steps;
  }
};
struct Tag : PolicyTag {
  static constexpr Moments acts = AfterStep;
};

}  // namespace

template <class R>
struct tuneit::Behaviour<Tag, R> {
  template <class C>
  void after_step(const C&) const {}
  template <class C>
  void before_step(const C&) const {}
};

TEST_CASE("a behaviour has the members that its policy names, and no others; what it remembers can be saved") {
  using tuneit::detail::behaviour_verdict;
  STATIC_REQUIRE(std::is_same_v<behaviour_verdict<Log, With<Log>>, Accepted>);
  STATIC_REQUIRE(std::is_same_v<behaviour_verdict<Misspelt, Base>, LacksItsMember<Misspelt, AfterStep>>);
  STATIC_REQUIRE(std::is_same_v<behaviour_verdict<WrongAnswer, Base>, LacksItsMember<WrongAnswer, OnEpoch>>);
  STATIC_REQUIRE(std::is_same_v<behaviour_verdict<WrongArguments, Base>, LacksItsMember<WrongArguments, AfterStep>>);
  STATIC_REQUIRE(std::is_same_v<behaviour_verdict<Forgetful, Base>, StateNotSaved<Forgetful>>);
  STATIC_REQUIRE(std::is_same_v<behaviour_verdict<Tag, Base>, ActsUnannounced<Tag, BeforeStep>>);
}
