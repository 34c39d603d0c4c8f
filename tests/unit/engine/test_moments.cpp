// The moments of a step that are neither a batch nor its gradients: outputs, a backward pass that is through, the rate,
// batches that are dropped; and steps that a policy leaves out.
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/generated/variable_factories.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

std::pair<at::Tensor, at::Tensor> batch(int seed, std::int64_t n = 8) {
  return {at::randn({n, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(seed))),
          at::arange(n, at::kLong).remainder(2)};
}
template <class R>
void steps(Trainer<R>& trainer, int n, int first = 0, long long steps_per_epoch = 100) {
  for (int i = first; i < first + n; ++i) {
    const auto [x, y] = batch(i);
    trainer.step(x, y, steps_per_epoch);
  }
}
Tensors copies(const Tensors& list) {
  Tensors all;
  for (const at::Tensor& t : list) all.push_back(t.clone());
  return all;
}
bool same(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!a[i].equal(b[i])) return false;
  return a.size() == b.size();
}
/// Parameters alone: running statistics move in a step that is held, too.
template <class R>
bool same_weights(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!table<typename R::model>.rows[i].is_buffer() && !a[i].equal(b[i])) return false;
  return true;
}
template <class... Ps>
using With = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, Ps...>;

/// Leaves out each step whose number is odd, at the moment M.
template <Moments M>
struct Holds : PolicyTag {
  static constexpr Moments acts = M | AfterStep;
  static constexpr Effects effects{.skips_steps = true};
  using keeps = Nothing;
  int taken = 0;
  template <class C>
  void may_hold(const C& c) {
    if (c.at.step % 2 == 1) c.hold();
  }
  template <class C>
  void after_step(const C&) {
    ++taken;
  }
};
struct HoldsAround : Holds<AroundGradients> {
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) {
    run();
    may_hold(c);
  }
};
struct HoldsBehind : Holds<AfterBackward> {
  template <class C>
  void after_backward(const C& c) {
    may_hold(c);
  }
};
struct HoldsOnGradients : Holds<OnGradients> {
  static constexpr Order order = Order::Read;
  template <class C>
  void on_gradients(const C& c) {
    may_hold(c);
  }
};
struct HoldsBefore : Holds<BeforeStep> {
  template <class C>
  void before_step(const C& c) {
    may_hold(c);
  }
};
struct HoldsAfter : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr Effects effects{.skips_steps = true};
  template <class C>
  void after_step(const C& c) const {
    c.hold();
  }
};
struct HoldsSilently : PolicyTag {
  static constexpr Moments acts = BeforeStep;
  template <class C>
  void before_step(const C& c) const {
    c.hold();
  }
};

template <class Holder>
void holds() {
  using R = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>, Momentum<0.9>>, Holder, CosineLr, Epochs<1>>;
  INFO(type_name<R>());
  Trainer<R> trainer(defaults<R>());
  steps(trainer, 1);
  const Tensors before = copies(trainer.tensors());
  const double rate = trainer.rate(100);
  steps(trainer, 1, 1);
  CHECK(same_weights<R>(trainer.tensors(), before));
  CHECK(trainer.steps_done() == 2);
  CHECK(trainer.rate(100) < rate);  // schedules go on
  CHECK(trainer.template behaviour<Holder>().taken == 1);
  steps(trainer, 1, 2);
  CHECK_FALSE(same_weights<R>(trainer.tensors(), before));
  CHECK(trainer.template behaviour<Holder>().taken == 2);
}

}  // namespace

TEST_CASE("a step that a policy holds moves no weight, and counts") {
  holds<HoldsAround>();
  holds<HoldsBehind>();
  holds<HoldsOnGradients>();
  holds<HoldsBefore>();
}

TEST_CASE("only who announces it holds a step, and before it is taken") {
  using R = With<HoldsSilently, HoldsBehind>;
  Trainer<R> silent(defaults<R>());
  CHECK_THROWS_WITH(steps(silent, 1), Catch::Contains("does not announce it"));
  using S = With<HoldsAfter>;
  Trainer<S> late(defaults<S>());
  CHECK_THROWS_WITH(steps(late, 1), Catch::Contains("or the step is over"));
}

TEST_CASE("of a step of several batches the last one is held or not") {
  using R = With<Accumulate<2>, HoldsBehind>;
  Trainer<R> trainer(defaults<R>());
  const Tensors start = copies(trainer.tensors());
  steps(trainer, 2);
  CHECK(trainer.steps_done() == 1);
  const Tensors before = copies(trainer.tensors());
  CHECK_FALSE(same_weights<R>(before, start));
  steps(trainer, 2, 2);
  CHECK(trainer.steps_done() == 2);
  CHECK(same_weights<R>(trainer.tensors(), before));
  // and nothing of the step that was left out is in the next one
  using Plain = With<Accumulate<2>>;
  Trainer<Plain> plain(defaults<Plain>());
  for (std::size_t i = 0; i < before.size(); ++i) at::Tensor(plain.tensors()[i]).copy_(trainer.tensors()[i]);
  steps(trainer, 2, 4);
  steps(plain, 2, 4);
  CHECK(same(trainer.tensors(), plain.tensors()));
}

namespace {

struct AlwaysHolds : Holds<AfterBackward> {
  template <class C>
  void after_backward(const C& c) {
    c.hold();
  }
};
/// Throws in its first step, and sees which gradients there are when a batch comes.
struct ThrowsOnce : PolicyTag {
  static constexpr Moments acts = OnGradients | OnInputs;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  int left = 0;
  bool thrown = false;
  template <class C>
  void on_inputs(const StepBatch&, const C& c) {
    left = 0;
    for (const at::Tensor& g : c.gradients.all()) left += g.defined();
  }
  template <class C>
  void on_gradients(const C&) {
    if (!std::exchange(thrown, true)) throw Error(ErrorKind::Usage, "once");
  }
};

}  // namespace

TEST_CASE("the last batch of an epoch holds a step of several, too") {
  using R = With<Accumulate<4>, AlwaysHolds>;
  Trainer<R> trainer(defaults<R>()), resumed(defaults<R>());
  const Tensors start = copies(trainer.tensors());
  steps(trainer, 2);
  Archive archive;
  save(trainer, archive);
  load(resumed, archive);
  trainer.finish_window(25);
  resumed.finish_window(25);
  CHECK(trainer.steps_done() == 1);
  CHECK(same_weights<R>(trainer.tensors(), start));
  CHECK(same_weights<R>(resumed.tensors(), start));
}

TEST_CASE("what is thrown at the end of an epoch leaves no gradients") {
  using R = With<Accumulate<4>, ThrowsOnce>;
  Trainer<R> trainer(defaults<R>());
  steps(trainer, 2);
  CHECK_THROWS_WITH(trainer.finish_window(25), Catch::Contains("once"));
  steps(trainer, 1, 2);
  CHECK(trainer.behaviour<ThrowsOnce>().left == 0);
}

namespace {

/// weight / 2 times the mean over the batch of |outputs|^2 is added to the loss.
template <auto Weight>
struct SmallOutputs : PolicyTag {
  static constexpr Moments acts = OnOutputs;
  static constexpr Order order = Order::Add;
  static constexpr std::array numbers{Hyperparameter{.name = "small-outputs", .value = Weight}};
  using keeps = Nothing;
  double seen = 0;
  template <class C>
  void on_outputs(StepOutputs& o, const C& c) {
    seen = o.gradient.abs().max().template item<double>();
    const double w = c.numbers[0] / static_cast<double>(o.outputs.size(0));
    o.loss += w / 2 * o.outputs.square().sum().template item<double>();
    o.gradient.add_(o.outputs, w);
  }
};

}  // namespace

TEST_CASE("what is added to the loss on outputs is trained: against autograd in double precision") {
  using R = With<Precision<FP64>, SmallOutputs<0.7>>;
  Trainer<R> trainer(defaults<R>());
  const auto [images, y] = batch(1);
  const at::Tensor x = images.to(at::kDouble);
  Tensors leaves;
  for (std::size_t i = 0; i < trainer.tensors().size(); ++i) {
    leaves.push_back(trainer.tensors()[i].clone());
    if (!table<R::model>.rows[i].is_buffer()) leaves.back().set_requires_grad(true);
  }
  const at::Tensor logits = forward<R>(x, leaves, make_generator(1));
  const at::Tensor loss = at::cross_entropy_loss(logits, y).add(logits.square().sum().div(8), 0.35);
  loss.backward();
  CHECK(trainer.step(x, y, 100).loss == Approx(loss.item<double>()).epsilon(1e-12));
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (leaves[i].grad().defined())
      CHECK(trainer.tensors()[i].allclose(leaves[i].detach().sub(leaves[i].grad(), 1e-2), 1e-9, 1e-12));
}

namespace {

struct SeesOverflow : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  std::vector<double> seen;
  template <class C>
  void on_gradients(const C& c) {
    seen.push_back(c.overflow.defined() ? c.overflow.template item<double>() : -1);
  }
};

}  // namespace

TEST_CASE("the scaler of half precision is the last on outputs and the first on gradients; an overflow is seen") {
  using R = With<Precision<FP16>, SmallOutputs<100>, SeesOverflow>;
  Trainer<R> trainer(defaults<R>());
  const Tensors before = copies(trainer.tensors());
  const auto [x, y] = batch(1);
  trainer.step(x, y, 100);  // 65,536 times as large, gradients are not finite
  CHECK(same_weights<R>(trainer.tensors(), before));
  CHECK(trainer.behaviour<SmallOutputs<100>>().seen < 1);
  for (int i = 0; i < 20; ++i) trainer.step(x, y, 100);
  const auto& seen = trainer.behaviour<SeesOverflow>().seen;
  CHECK(seen.front() == 1);
  CHECK(seen.back() == 0);
  CHECK_FALSE(same_weights<R>(trainer.tensors(), before));
  using Single = With<SeesOverflow>;
  Trainer<Single> single(defaults<Single>());
  steps(single, 1);
  CHECK(single.behaviour<SeesOverflow>().seen == std::vector<double>{-1});
}

TEST_CASE("half precision without a scaler is refused") {
  Settings s = defaults<With<>>();
  s.precision = PrecisionKind::Half;
  CHECK_THROWS_WITH(Trainer<With<>>(s), Catch::Contains("says nothing of half precision"));
  using Chosen = With<Precision<ChosenPrecision>>;
  Settings t = defaults<Chosen>();
  t.precision = PrecisionKind::Half;
  Trainer<Chosen> half(t);
  steps(half, 1);
  CHECK(half.steps_done() == 1);
}

namespace {

struct HalfRate : PolicyTag {
  static constexpr Moments acts = OnRate;
  template <class C>
  double on_rate(double rate, const C& c) const {
    return c.at.step < 2 ? rate : rate / 2;
  }
};
/// What Accumulate<2> does, in one's own words.
struct Pairs : PolicyTag {
  static constexpr Moments acts = AfterBackward | OnGradients | OnDrop;
  static constexpr Order order = Order::Collect;
  static constexpr Effects effects{.gradient_copies = 1};
  static constexpr long long batches_per_step(const double*) { return 2; }
  AccumulatedGradients<> window;
  int dropped = 0;
  template <class C>
  void after_backward(const C& c) {
    window.add(c.gradient_handles(), static_cast<double>(c.targets->value.size(0)));
  }
  template <class C>
  void on_gradients(const C& c) {
    window.finish(c.gradient_handles());
  }
  template <class C>
  void on_drop(const C&) {
    window.drop();
    ++dropped;
  }
  void state(Archive& a) {
    a("window", window);
    a("dropped", dropped);
  }
};

}  // namespace

TEST_CASE("a policy moves the rate of the schedule") {
  using R = With<HalfRate>;
  Trainer<R> halves(defaults<R>());
  CHECK(halves.rate(100) == 1e-2);
  steps(halves, 2);
  CHECK(halves.rate(100) == 0.5e-2);
  using Slow = Finetune<Small, ReplaceHead<2>, Sgd<Lr<0.5e-2>>>;
  Trainer<Slow> slow(defaults<Slow>());
  steps(slow, 2);
  for (std::size_t i = 0; i < slow.tensors().size(); ++i) at::Tensor(slow.tensors()[i]).copy_(halves.tensors()[i]);
  steps(halves, 1, 2);
  steps(slow, 1, 2);
  CHECK(same(halves.tensors(), slow.tensors()));
}

TEST_CASE("a policy of one's own makes a step of several batches") {
  using R = With<Pairs, ClipNorm<0.1>>;
  using Ours = With<Accumulate<2>, ClipNorm<0.1>>;
  Trainer<R> own(defaults<R>());
  Trainer<Ours> ours(defaults<Ours>());
  CHECK(own.steps_in(5) == 3);
  for (const auto step : {0, 1, 2, 3}) {
    steps(own, 1, step, 3);
    steps(ours, 1, step, 3);
    CHECK(own.steps_done() == (step + 1) / 2);
    if (step == 2) own.pass_over(3), ours.pass_over(3);
  }
  own.finish_window(3);
  ours.finish_window(3);
  CHECK(own.steps_done() == 3);
  CHECK(same(own.tensors(), ours.tensors()));
  CHECK(own.behaviour<Pairs>().dropped == 0);
  steps(own, 1, 9, 3);
  const Tensors before = copies(own.tensors());
  own.drop_window();
  CHECK(own.behaviour<Pairs>().dropped == 1);
  CHECK(own.behaviour<Pairs>().window.batches() == 0);
  own.finish_window(3);
  CHECK(own.steps_done() == 3);
  CHECK(same(own.tensors(), before));
}

namespace {

/// Who is called when, of several at one moment.
std::string said;
template <char Name>
struct Says : PolicyTag {
  static constexpr Moments acts = OnBatch | AroundGradients | AfterStep;
  static constexpr Effects effects{.writes_weights = true};
  template <class C>
  void on_batch(StepBatch&, const C&) const {
    said += Name;
  }
  template <class C, class Run>
  void around_gradients(const C&, const Run& run) const {
    said += '(';
    run();
    said += Name;
    said += ')';
  }
  template <class C>
  void after_step(const C&) const {
    said += Name;
  }
};
struct First : Says<'1'> {};
struct Second : Says<'2'> {
  using after = List<First>;
};
struct Third : Says<'3'> {
  using after = List<Second, First>;
};

template <class... Ps>
std::string told() {
  said.clear();
  Trainer<With<Ps...>> trainer(defaults<With<Ps...>>());
  steps(trainer, 1);
  return said;
}

/// Gradients twice as large, and the numbers of its own that it has in spite of those within it.
template <auto Factor>
struct Times : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  static constexpr std::array numbers{Hyperparameter{.name = "times", .value = Factor}};
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) const {
    const double loss = run();
    CHECK(run() == loss);
    for (const at::Tensor& g : c.gradients) g.mul_(c.numbers[0]);
  }
};
struct TimesWithinSam : Times<3.0> {
  using after = List<Sam<0.5>>;
};
struct SamWithin : Sam<0.5> {
  using after = List<Times<3.0>>;
};

}  // namespace

template <class R>
struct tuneit::Behaviour<SamWithin, R> : Behaviour<Sam<0.5>, R> {};

TEST_CASE("policies are called in the order that they say, whatever that of the recipe is") {
  const std::string expected = "123(((3)2)1)123";
  CHECK(told<First, Second, Third>() == expected);
  CHECK(told<Third, First, Second>() == expected);
  CHECK(told<Second, Third, First>() == expected);
}

TEST_CASE("sharpness-aware minimisation around others, and within them") {
  // Uphill is as far whatever the gradient's length: within or around, it is three times Sam's gradient.
  using Plain = Finetune<Small, ReplaceHead<2>, Sgd<Lr<3e-2>>, Sam<0.5>, Precision<FP64>>;
  using Within = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, TimesWithinSam, Sam<0.5>, Precision<FP64>>;
  using Around = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, SamWithin, Times<3.0>, Precision<FP64>>;
  Trainer<Plain> plain(defaults<Plain>());
  Trainer<Within> within(defaults<Within>());
  Trainer<Around> around(defaults<Around>());
  const auto [images, y] = batch(1);
  const at::Tensor x = images.to(at::kDouble);
  const double loss = plain.step(x, y, 100).loss;
  CHECK(within.step(x, y, 100).loss == loss);
  CHECK(around.step(x, y, 100).loss == loss);
  for (std::size_t i = 0; i < plain.tensors().size(); ++i) {
    CHECK(within.tensors()[i].allclose(plain.tensors()[i], 1e-9, 1e-12));
    CHECK(around.tensors()[i].allclose(plain.tensors()[i], 1e-9, 1e-12));
  }
}

namespace {

/// Throws once, at the moment M of the second step (epoch).
template <Moments M>
struct ThrowsAt : PolicyTag {
  static constexpr Moments acts = M;
  using keeps = Nothing;
  int seen = 0, thrown = 0;
  void maybe() {
    if (++seen != 2) return;
    ++thrown;
    throw Error(ErrorKind::Usage, "the second time");
  }
};
template <Moments M>
struct Throws;
template <>
struct Throws<AfterBackward> : ThrowsAt<AfterBackward> {
  template <class C>
  void after_backward(const C&) {
    maybe();
  }
};
template <>
struct Throws<OnGradients> : ThrowsAt<OnGradients> {
  static constexpr Order order = Order::Read;
  template <class C>
  void on_gradients(const C& c) {
    for (const at::Tensor& g : c.gradients) g.mul_(1);
    maybe();
  }
};
template <>
struct Throws<BeforeStep> : ThrowsAt<BeforeStep> {
  template <class C>
  void before_step(const C&) {
    maybe();
  }
};
template <>
struct Throws<AfterStep> : ThrowsAt<AfterStep> {
  template <class C>
  void after_step(const C&) {
    maybe();
  }
};
template <>
struct Throws<AfterLastStep> : ThrowsAt<AfterLastStep> {
  template <class C>
  void after_last_step(const C&) {
    maybe();
  }
};
template <>
struct Throws<OnEpoch> : ThrowsAt<OnEpoch> {
  template <class C>
  Training on_epoch(const EpochResult&, const C&) {
    maybe();
    return Training::Continue;
  }
};

/// A step that throws before the optimizer moves anything is as if it had not been.
template <Moments M>
void before_the_step() {
  using R = With<Throws<M>, Ema<0.9>>;
  using Plain = With<Ema<0.9>>;
  Trainer<R> trainer(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  steps(trainer, 1);
  steps(plain, 1);
  const Tensors weights = copies(trainer.tensors()), average = copies(trainer.best_tensors());
  CHECK_THROWS_WITH(steps(trainer, 1, 1), Catch::Contains("the second time"));
  CHECK(trainer.steps_done() == 1);
  CHECK(same(trainer.tensors(), weights));
  CHECK(same(trainer.best_tensors(), average));
  steps(trainer, 2, 1);
  steps(plain, 2, 1);
  CHECK(trainer.steps_done() == 3);
  CHECK(same(trainer.tensors(), plain.tensors()));
  CHECK(same(trainer.best_tensors(), plain.best_tensors()));
}
/// One that throws when it is taken has been taken, and everybody is told.
template <class... Ps>
void behind_the_step() {
  using R = With<Ps...>;
  using Plain = With<Ema<0.9>>;
  Trainer<R> trainer(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  steps(trainer, 1);
  CHECK_THROWS_WITH(steps(trainer, 1, 1), Catch::Contains("the second time"));
  CHECK(trainer.steps_done() == 2);
  steps(plain, 2);
  CHECK(same(trainer.tensors(), plain.tensors()));
  CHECK(same(trainer.best_tensors(), plain.best_tensors()));
  steps(trainer, 2, 2);
  steps(plain, 2, 2);
  CHECK(same(trainer.tensors(), plain.tensors()));
  CHECK(same(trainer.best_tensors(), plain.best_tensors()));
}

}  // namespace

TEST_CASE("what is thrown before a step leaves it out, and the training goes on") {
  before_the_step<AfterBackward>();
  before_the_step<OnGradients>();
  before_the_step<BeforeStep>();
}

TEST_CASE("what is thrown after a step is thrown when all are told, in whatever order they are") {
  behind_the_step<Throws<AfterStep>, Ema<0.9>>();
  behind_the_step<Ema<0.9>, Throws<AfterStep>>();
}

TEST_CASE("a batch whose policy throws is not in the step of several") {
  using R = With<Throws<AfterBackward>, Accumulate<2>>;
  using Plain = With<Accumulate<2>>;
  Trainer<R> trainer(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  const auto [x, y] = batch(1);
  trainer.step(x, y, 100);
  const Tensors then = copies(trainer.tensors());
  CHECK_THROWS_WITH(steps(trainer, 1, 7), Catch::Contains("the second time"));
  CHECK(same(trainer.tensors(), then));
  CHECK(trainer.steps_done() == 0);
  trainer.step(x, y, 100);
  plain.step(x, y, 100);
  plain.step(x, y, 100);
  CHECK(trainer.steps_done() == 1);
  CHECK(same(trainer.tensors(), plain.tensors()));
}

TEST_CASE("an epoch's end that throws is told once, and a policy that stops the training is heard") {
  using R = With<Throws<AfterLastStep>, Swa<Epochs<0>>>;
  using Plain = With<Swa<Epochs<0>>>;
  Trainer<R> trainer(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  for (int epoch = 0; epoch < 3; ++epoch) {
    steps(trainer, 2, 2 * epoch, 2);
    steps(plain, 2, 2 * epoch, 2);
    if (epoch == 1) {
      CHECK_THROWS_WITH(trainer.finish_window(2), Catch::Contains("the second time"));
      trainer.finish_window(2);  // nothing has come since
    } else {
      trainer.finish_window(2);
    }
    plain.finish_window(2);
    CHECK(same(trainer.best_tensors(), plain.best_tensors()));
  }
  using Stops = With<Throws<OnEpoch>, EarlyStop<Patience<1>>>;
  Trainer<Stops> stops(defaults<Stops>());
  steps(stops, 2, 0, 1);
  EpochResult e;
  e.train.count = 1;
  e.train.loss_sum = 1;
  CHECK(stops.epoch_done(e));
  CHECK_THROWS_WITH(stops.epoch_done(e), Catch::Contains("the second time"));
  CHECK_THROWS_WITH(stops.begin_epoch(1), Catch::Contains("stopped it"));
}
