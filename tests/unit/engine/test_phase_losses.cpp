// A loss of a phase's own: what is trained and told in each step, with which numbers, and what tests are judged by.
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

using Smooth = CrossEntropy<LabelSmoothing<0.1>>;
using Weighed = CrossEntropy<ClassWeights<1, 4, 0.5>>;
using Labels = BinaryCrossEntropy<>;
template <class... Ps>
using Of = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.05>, Momentum<0.9>>, Precision<FP64>, Ps...>;
using Changing =
    Of<CrossEntropy<>,
       Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Smooth>, Phase<Epochs<1>, Labels>, Phase<Epochs<1>, Lr<0.01>>>>;

Tensors copies(const Tensors& tensors) {
  Tensors out;
  for (const at::Tensor& t : tensors) out.push_back(t.detach().clone());
  return out;
}
struct Batch {
  at::Tensor x, y;
};
Batch batch(int seed, std::int64_t n = 6) {
  const auto g = make_generator(static_cast<std::uint64_t>(seed));
  return {at::randn({n, 3, 16, 16}, g, at::kDouble), at::randint(3, {n}, g, at::kLong)};
}
double apart(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kDouble).sub(b.to(at::kDouble)).abs().max().item<double>();
}

/// A step by hand: `loss` of the outputs, under autograd, and SGD with momentum.
template <class R, class Loss>
double by_hand(Tensors& tensors, Tensors& momentum, double lr, const at::Tensor& x, const Loss& loss) {
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!table<Small>.rows[i].is_buffer()) tensors[i] = tensors[i].detach().requires_grad_(true);
  const at::Tensor value = loss(forward<R>(x, tensors, make_generator(1)));
  value.backward();
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (table<Small>.rows[i].is_buffer()) continue;
    momentum[i] = momentum[i].defined() ? momentum[i].mul(0.9).add(tensors[i].grad()) : tensors[i].grad().clone();
    tensors[i] = tensors[i].detach().sub(momentum[i], lr);
  }
  return value.item<double>();
}
at::Tensor smoothed(const at::Tensor& z, const at::Tensor& y, double by) {
  return at::cross_entropy_loss(z, y, {}, at::Reduction::Mean, -100, by);
}
at::Tensor of_labels(const at::Tensor& z, const at::Tensor& y) {
  return at::binary_cross_entropy_with_logits(z, at::one_hot(y, 3).to(at::kDouble));
}

}  // namespace

TEST_CASE("each step trains on the loss of its phase, and tells it; tests are judged by the recipe's") {
  Trainer<Changing> trainer(defaults<Changing>());
  Tensors reference = copies(trainer.tensors()), momentum(reference.size());
  for (int step = 0; step < 12; ++step) {
    const auto [x, y] = batch(step);
    const StepResult told = trainer.step(x, y, 3);
    const double loss = by_hand<Changing>(reference, momentum, step < 9 ? 0.05 : 0.01, x, [&](const at::Tensor& z) {
      return step >= 3 && step < 6 ? smoothed(z, y, 0.1) : step >= 6 && step < 9 ? of_labels(z, y) : smoothed(z, y, 0);
    });
    CAPTURE(step);
    CHECK(static_cast<double>(told.loss) == Approx(loss).epsilon(1e-12));
    for (std::size_t i = 0; i < reference.size(); ++i)
      CHECK(apart(trainer.tensors()[i], reference[i].detach()) < 1e-12);
    const at::Tensor z = trainer.logits(x);
    CHECK(static_cast<double>(trainer.score(z, y).loss) == Approx(smoothed(z, y, 0).item<double>()).epsilon(1e-12));
    CHECK(static_cast<double>(told.correct) >= 0);  // they are classes, whatever the loss makes of them
  }
}

TEST_CASE("the numbers of a phase's loss are its own, and are looked at before training") {
  Settings s = defaults<Changing>();
  set_number<Changing>(s, "phase-2-label-smoothing", 0.4);
  s.label_smoothing = 0.2;
  Trainer<Changing> trainer(s);
  Tensors reference = copies(trainer.tensors()), momentum(reference.size());
  for (int step = 0; step < 2; ++step) {
    const auto [x, y] = batch(step);
    const double told = trainer.step(x, y, 1).loss;
    const double loss = by_hand<Changing>(reference, momentum, 0.05, x,
                                          [&](const at::Tensor& z) { return smoothed(z, y, step == 0 ? 0.2 : 0.4); });
    CHECK(told == Approx(loss).epsilon(1e-12));
  }
  CHECK(explain<Changing>(s).find("CrossEntropy<LabelSmoothing<0.1>> (label-smoothing now 0.4)") != std::string::npos);
  CHECK(fingerprint<Changing>(s) != fingerprint<Changing>);
  set_number<Changing>(s, "phase-2-label-smoothing", 1);
  CHECK_REFUSED(Trainer<Changing>(s), ErrorKind::Usage, "the label smoothing of a phase is 1");
  using Open = Finetune<Small, ReplaceHead<Dynamic>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Weighed>>>;
  Settings open = defaults<Open>();
  open.classes = 4;
  CHECK_REFUSED(Trainer<Open>(open), ErrorKind::Usage, "weights of 3 classes, and the head has 4");
}

TEST_CASE("what goes on in the middle of a phase, or at its beginning, goes on to the bit") {
  for (const int stop : {3, 4, 7}) {
    Trainer<Changing> through(defaults<Changing>()), before(defaults<Changing>()), after(defaults<Changing>());
    const auto steps = [](Trainer<Changing>& t, int first, int last) {
      for (int i = first; i < last; ++i) {
        const auto [x, y] = batch(i);
        t.step(x, y, 3);
      }
    };
    steps(through, 0, 12);
    steps(before, 0, stop);
    Archive archive;
    save(before, archive);
    load(after, archive);
    steps(after, stop, 12);
    for (std::size_t i = 0; i < through.tensors().size(); ++i) CHECK(after.tensors()[i].equal(through.tensors()[i]));
  }
  Trainer<Changing> changing(defaults<Changing>());
  Archive archive;
  save(changing, archive);
  using Other = Of<CrossEntropy<>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, CrossEntropy<LabelSmoothing<0.2>>>,
                                          Phase<Epochs<1>, Labels>, Phase<Epochs<1>, Lr<0.01>>>>;
  Trainer<Other> other(defaults<Other>());
  CHECK_REFUSED(load(other, archive), ErrorKind::Usage, "LabelSmoothing<0.1>");
}

TEST_CASE("batches of a window count by the weights of the phase's loss") {
  using Window = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.05>>, Precision<FP64>, FrozenStats<>, Accumulate<2>,
                          Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Weighed>>>;
  using Whole = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.05>>, Precision<FP64>, FrozenStats<>,
                         Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Weighed>>>;
  Trainer<Window> window(defaults<Window>());
  Trainer<Whole> whole(defaults<Whole>());
  for (int step = 0; step < 2; ++step) {
    const auto [x, y] = batch(step, 12);
    whole.step(x, y, 1);
    window.step(x.narrow(0, 0, 5), y.narrow(0, 0, 5), 1);
    window.step(x.narrow(0, 5, 7), y.narrow(0, 5, 7), 1);
    for (std::size_t i = 0; i < whole.tensors().size(); ++i)
      CHECK(apart(window.tensors()[i], whole.tensors()[i]) < 1e-14);
  }
}

namespace {

struct Two final
    : Network<Inputs<Image<3, 8>>, Block<"stem", Named<"conv", Conv2d<3, 6, Window{3, 1, 1}>>, Tanh, Save<"x">>,
              Block<"class", GlobalAvgPool, Named<"fc", Linear<6, 4>>, Output<"class">>,
              Block<"depth", From<"x">, Named<"d", Conv2d<6, 1, Window{1}, true>>, Output<"depth">>> {};
using Both = Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<MeanSquaredError<On<"depth">>, 0.5>>;
using Turned =
    Losses<Weighted<Huber<Delta<0.5>, On<"depth">>, 2>, Weighted<CrossEntropy<LabelSmoothing<0.1>, On<"class">>, 1>>;

}  // namespace

TEST_CASE("losses of several outputs in a phase, in another order than the targets lie in a batch") {
  using R = Finetune<Two, Both, Sgd<Lr<0.1>>, Precision<FP64>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Turned>>>;
  Trainer<R> trainer(defaults<R>());
  CHECK(trainer.target_count() == 2);
  CHECK(schema<R>().targets.size() == 2);
  Tensors reference = copies(trainer.tensors());
  for (int step = 0; step < 4; ++step) {
    const auto g = make_generator(static_cast<std::uint64_t>(step));
    data::Batch b{at::randn({5, 3, 8, 8}, g, at::kDouble), at::randint(4, {5}, g, at::kLong),
                  std::vector<std::size_t>(5)};
    b.other_targets = {at::randn({5, 1, 8, 8}, g, at::kDouble)};
    const double told = trainer.step(b, 2).loss;
    for (at::Tensor& t : reference) t = t.detach().requires_grad_(true);
    Tensors y;
    run_wired<Two, tuneit::detail::Moving<Finetune<Two, Both>>>(b.images, reference, g, {}, &y);
    const at::Tensor depth = y[1], &truth = b.other_targets[0];
    const at::Tensor loss =
        step < 2 ? smoothed(y[0], b.labels, 0).add(at::mse_loss(depth, truth), 0.5)
                 : smoothed(y[0], b.labels, 0.1).add(at::huber_loss(depth, truth, at::Reduction::Mean, 0.5), 2);
    loss.backward();
    CHECK(told == Approx(loss.item<double>()).epsilon(1e-12));
    for (at::Tensor& t : reference) t = t.detach().sub(t.grad(), 0.1);
    for (std::size_t i = 0; i < reference.size(); ++i) CHECK(apart(trainer.tensors()[i], reference[i]) < 1e-13);
  }
}
