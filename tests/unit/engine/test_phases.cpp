// A training in phases: what is frozen again does not move, every step is what a loop by hand does, and features are
// kept within a phase.
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "../data/picture_files.hpp"
#include "tuneit/data/augment/recipe_augment.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

// The stem trains in the second phase only, the body in the second and the fourth.
using Four = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.05>, Momentum<0.9>, WeightDecay<1e-2>>, Precision<FP64>,
                      Phases<Phase<Epochs<1>, Freeze<Backbone>>,            //
                             Phase<Epochs<1>, LrScale<Layers<0, 1>, 0.1>>,  //
                             Phase<Epochs<1>, Freeze<Backbone>, Lr<0.02>>,  //
                             Phase<Epochs<1>, Freeze<Layers<0, 1>>, LrScale<Head, 3>>>>;

Tensors copies(const Tensors& tensors) {
  Tensors out;
  for (const at::Tensor& t : tensors) out.push_back(t.detach().clone());
  return out;
}

std::pair<at::Tensor, at::Tensor> batch(std::uint64_t seed) {
  const auto g = make_generator(seed);
  return {at::randn({6, 3, 16, 16}, g, at::TensorOptions(at::kDouble)), at::randint(3, {6}, g, at::kLong)};
}

// One step of phase P by hand: autograd, and torch's SGD with a momentum of its own for each tensor.
template <std::size_t P>
void by_hand(Tensors& tensors, Tensors& momentum, double lr, std::uint64_t seed, const at::Generator& generator) {
  const auto [x, y] = batch(seed);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!table<Small>.rows[i].is_buffer())
      tensors[i] = tensors[i].detach().requires_grad_(!plans<Four>[P].rows[i].frozen);
  const at::Tensor logits = forward<InPhase<Four, P>>(x, tensors, generator);
  at::cross_entropy_loss(logits, y).backward();
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const PlanRow& row = plans<Four>[P].rows[i];
    if (table<Small>.rows[i].is_buffer() || row.frozen) continue;
    at::Tensor g = tensors[i].grad().add(tensors[i], 1e-2 * row.decay_scale);
    momentum[i] = momentum[i].defined() ? momentum[i].mul(0.9).add(g) : g;
    tensors[i] = tensors[i].detach().sub(momentum[i], lr * row.lr_scale);
  }
}

}  // namespace

TEST_CASE(
    "each step of each phase is that of a loop by hand; what is frozen again keeps its momentum and stands still") {
  Settings s = defaults<Four>();
  s.device = DeviceKind::Cpu;
  Trainer<Four> trainer(s);
  Tensors reference = copies(trainer.tensors()), momentum(reference.size());
  const at::Generator generator = make_generator(1);
  for (int step = 0; step < 12; ++step) {
    const auto seed = static_cast<std::uint64_t>(step);
    const auto [x, y] = batch(seed);
    const Tensors before = copies(trainer.tensors());
    trainer.step(x, y, 3);
    const std::size_t phase = static_cast<std::size_t>(step / 3);
    CHECK(trainer.phase() == phase);
    switch (phase) {
      case 0:
        by_hand<0>(reference, momentum, 0.05, seed, generator);
        break;
      case 1:
        by_hand<1>(reference, momentum, 0.05, seed, generator);
        break;
      case 2:
        by_hand<2>(reference, momentum, 0.02, seed, generator);
        break;
      default:
        by_hand<3>(reference, momentum, 0.05, seed, generator);
    }
    for (std::size_t i = 0; i < reference.size(); ++i) {
      CAPTURE(step, table<Small>.name(i));
      if (plans<Four>[phase].rows[i].frozen) CHECK(trainer.tensors()[i].equal(before[i]));
      if (reference[i].is_floating_point())
        CHECK(trainer.tensors()[i].sub(reference[i].detach()).abs().max().template item<double>() < 1e-12);
    }
  }
}

TEST_CASE("phases in which the same tensors move share their passes") {
  using Ramp = Finetune<Small, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>, LrScale<Backbone, 0.1>>,
                                      Phase<Epochs<1>, LrScale<Backbone, 0.2>>>>;
  static_assert(tuneit::detail::passes_of<Ramp>(0) == 0 && tuneit::detail::passes_of<Ramp>(1) == 1 &&
                tuneit::detail::passes_of<Ramp>(2) == 1);
  const std::vector<ParameterGroup> groups = make_groups<Ramp>(defaults<Ramp>());
  REQUIRE(groups.size() == 2);
  CHECK_FALSE(groups[0].phases[0].trains);
  CHECK(groups[0].phases[2].lr_scale == 0.2);
}

TEST_CASE("features of another phase are refused") {
  Trainer<Four> trainer(defaults<Four>());
  const auto [x, y] = batch(1);
  const at::Tensor early = trainer.features(x);
  trainer.step_features(early, y, 1);
  CHECK_THROWS_AS(trainer.step_features(early, y, 1), Error);
  trainer.begin_epoch(1);
  CHECK(trainer.phase() == 1);
  trainer.step_features(trainer.features(x), y, 1);
}

TEST_CASE("the length of phases is theirs") {
  Settings s = defaults<Four>();
  s.epochs = 9;
  CHECK_THROWS_AS(Trainer<Four>(s), Error);
  s = defaults<Four>();
  set_number<Four>(s, "phase-2-epochs", 3);
  CHECK(s.epochs == 6);
  CHECK(phase_at<Four>(s, 3, 1).phase == 1);
  CHECK_THROWS_AS(set_number<Four>(s, "phase-2-epochs", 0), Error);
  CHECK_THROWS_AS(set_number<Four>(s, "phase-5-epochs", 1), Error);
}

TEST_CASE("features are kept within a phase, with the same result to the bit") {
  using R = Finetune<Small, ReplaceHead<2>, Sgd<Lr<0.1>, Momentum<0.9>>,
                     Phases<Phase<Epochs<3>, Freeze<Backbone>>, Phase<Epochs<3>, Freeze<Layers<0, 1>>>>>;
  const test::TempFolder folder;
  std::vector<data::Sample> samples;
  for (int i = 0; i < 10; ++i)
    samples.push_back(
        {folder.write("p" + std::to_string(i) + ".png", test::encode_png(test::gradient(20 + i, 24, 9 * i))).string(),
         i % 2});
  const auto run = [&](bool keep) {
    Settings s = defaults<R>();
    s.device = DeviceKind::Cpu;
    s.cache_features = keep;
    Trainer<R> trainer(s);
    data::Loader train(samples, data::no_augment(16), {.batch_size = 4, .workers = 1, .shuffle = true});
    data::Loader test(samples, data::no_augment(16), {.batch_size = 3, .workers = 0});
    auto history = fit(trainer, train, &test);
    return std::pair(history, copies(trainer.tensors()));
  };
  const auto [with, kept] = run(true);
  const auto [without, plain] = run(false);
  REQUIRE(with.size() == 6);
  for (std::size_t e = 0; e < 6; ++e) {
    CHECK(with[e].cached == (e % 3 > 0));  // computed anew in the first epoch of each phase
    CHECK_FALSE(without[e].cached);
    CHECK(with[e].train.loss_sum == without[e].train.loss_sum);
    CHECK(with[e].validation.loss_sum == without[e].validation.loss_sum);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(kept[i].equal(plain[i]));
}

TEST_CASE("averaged weights are tested whole, also where blocks that trained are frozen again") {
  using R = Finetune<
      Small, ReplaceHead<3>, Sgd<Lr<0.05>>, Ema<0.5>, Precision<FP64>,
      Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>, Phase<Epochs<1>, Freeze<Backbone>, Lr<0.02>>>>;
  static_assert(frozen_prefix<InPhase<R, 0>>() == 2 && frozen_prefix<InPhase<R, 1>>() == 0);
  static_assert(frozen_prefix<InPhase<R, 2>>() == 0);  // without the average it were 2
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  Trainer<R> trainer(s);
  for (std::uint64_t step = 0; step < 6; ++step) {
    const auto [x, y] = batch(step);
    trainer.step(x, y, 2);
    const at::Tensor got = trainer.logits(x), wanted = infer<Small>(x, trainer.best_tensors());
    CHECK(got.sub(wanted).abs().max().item<double>() < 1e-12);
    if (step >= 4) CHECK_FALSE(trainer.best_tensors()[0].equal(trainer.tensors()[0]));
  }
}

namespace {

/// Batches of noise whose size and side are those of a recipe's phases.
class Growing final : public data::Batches {
 public:
  explicit Growing(std::vector<std::pair<std::size_t, std::int64_t>> epochs) : epochs_(std::move(epochs)) {}
  void enter_epoch(std::uint64_t epoch) override { epoch_ = epoch; }
  [[nodiscard]] std::uint64_t epochs_alike(std::uint64_t) const override { return 1; }
  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t>) override {
    epoch_ = epoch;
    at_ = 0;
  }
  std::optional<data::Batch> next() override {
    if (at_ == size()) return std::nullopt;
    const auto [count, side] = epochs_[epoch_ - 1];
    data::Batch b;
    for (std::size_t i = 0; i < count && at_ < size(); ++i) b.index.push_back(at_++);
    const auto n = static_cast<std::int64_t>(b.index.size());
    b.images = at::randn({n, 3, side, side}, make_generator(epoch_)).contiguous(at::MemoryFormat::ChannelsLast);
    b.labels = labels(b.index);
    seen.push_back({b.images.size(0), side});
    return b;
  }
  [[nodiscard]] std::size_t size() const override { return 12; }
  [[nodiscard]] int label(std::size_t position) const override { return static_cast<int>(position % 3); }
  [[nodiscard]] std::vector<std::size_t> order(std::uint64_t) const override { return {}; }
  [[nodiscard]] std::size_t batch_size() const override { return epochs_[epoch_ - 1].first; }
  [[nodiscard]] std::size_t samples() const override { return size(); }

  std::vector<std::pair<std::int64_t, std::int64_t>> seen;

 private:
  std::vector<std::pair<std::size_t, std::int64_t>> epochs_;
  std::uint64_t epoch_ = 1;
  std::size_t at_ = 0;
};

using Grows = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.1>>, CosineLr, BatchSize<3>,
                       Phases<Phase<Epochs<2>, BatchSize<6>, Side<16>>, Phase<Epochs<2>, Side<24>>>>;
Growing growing() { return Growing({{6, 16}, {6, 16}, {3, 24}, {3, 24}}); }

}  // namespace

TEST_CASE("phases have batches of their own, and schedules go on in epochs") {
  Settings s = defaults<Grows>();
  s.device = DeviceKind::Cpu;
  Trainer<Grows> trainer(s);
  Growing train = growing();
  const auto history = fit(trainer, train, nullptr);
  REQUIRE(history.size() == 4);
  using Seen = std::vector<std::pair<std::int64_t, std::int64_t>>;
  CHECK(
      train.seen ==
      Seen{{6, 16}, {6, 16}, {6, 16}, {6, 16}, {3, 24}, {3, 24}, {3, 24}, {3, 24}, {3, 24}, {3, 24}, {3, 24}, {3, 24}});
  for (std::size_t e = 0; e < 4; ++e)  // the cosine over four epochs, whatever a step is
    CHECK(history[e].rate == Approx(0.1 * 0.5 * (1 + std::cos(3.14159265358979 * static_cast<double>(e) / 4))));
  CHECK(trainer.phase() == 1);
}

TEST_CASE("a training whose batches change goes on elsewhere as if nothing had been") {
  Settings s = defaults<Grows>();
  s.device = DeviceKind::Cpu;
  const auto until = [&](Trainer<Grows>& trainer, int epochs) {
    struct Stop {
      int left;
      void on_epoch(const EpochResult&, const Trainer<Grows>&) { --left; }
      [[nodiscard]] bool should_stop() const { return left == 0; }
    } stop{epochs};
    Growing train = growing();
    fit(trainer, train, nullptr, stop);
  };
  Trainer<Grows> whole(s);
  until(whole, 9);
  for (const int first : {1, 2, 3}) {
    Trainer<Grows> begun(s), later(s);
    until(begun, first);
    Archive archive;
    save(begun, archive);
    load(later, archive);
    until(later, 9);
    for (std::size_t i = 0; i < whole.tensors().size(); ++i) CHECK(later.tensors()[i].equal(whole.tensors()[i]));
  }
}

TEST_CASE("a loader changes size, side and transforms from phase to phase") {
  using R = Finetune<Small, ReplaceHead<2>, BatchSize<4>, Augment<WholeImage>,
                     Phases<Phase<Epochs<1>, Side<16>, BatchSize<2>>, Phase<Epochs<2>, Side<24>, Augment<CenterCrop<>>>,
                            Phase<Epochs<1>>>>;
  const test::TempFolder folder;
  std::vector<data::Sample> samples;
  for (int i = 0; i < 6; ++i)
    samples.push_back(
        {folder.write("p" + std::to_string(i) + ".png", test::encode_png(test::gradient(40 + i, 34, 9 * i))).string(),
         i % 2});
  Settings s = defaults<R>();
  s.side = 32;
  s.device = DeviceKind::Cpu;
  data::Loader train(samples, data::train_augment<R>(s), {.batch_size = 4, .workers = 1, .seed = 1});
  train.set_phases(data::train_phases<R>(s));
  const auto first = [](data::Loader& loader, std::uint64_t epoch) {
    loader.enter_epoch(epoch);
    loader.start(epoch);
    return loader.next()->images;
  };
  for (const std::uint64_t epoch : {1, 2, 3, 4, 1}) {
    const std::int64_t size = epoch == 1 ? 2 : 4, side = epoch == 1 ? 16 : epoch < 4 ? 24 : 32;
    const at::Tensor images = first(train, epoch);
    CHECK(images.sizes() == at::IntArrayRef({size, 3, side, side}));
    const auto steps = epoch == 2 || epoch == 3 ? train_steps_in<R, 1>(s) : train_steps<R>(s);
    data::Loader plain(samples, data::train_augment(steps, static_cast<int>(side)),
                       {.batch_size = static_cast<std::size_t>(size), .workers = 0, .seed = 1});
    CHECK(images.equal(first(plain, epoch)));
  }
  CHECK(train.epochs_alike(1) == 1);
  CHECK(train.epochs_alike(2) == 2);
  train.enter_epoch(1);
  Trainer<R> trainer(s);
  const auto history = fit(trainer, train, nullptr);
  CHECK(history.size() == 4);
  CHECK(trainer.steps_done() == 4 * 2);  // the clock is that of the last phase
}

namespace {

/// Counts its steps, and holds the first tensor near to what it was when the phase began.
struct Counts : PolicyTag {
  static constexpr Moments acts = OnStart | AfterStep;
  int steps = 0;
  at::Tensor began;
  template <class C>
  void on_start(const C& c) {
    began = c.tensors[0].clone();
  }
  template <class C>
  void after_step(const C& c) {
    ++steps;
    c.tensors[0].lerp_(began, 0.5);
  }
  void state(Archive& a) {
    a("steps", steps);
    a("began", began);
  }
};
using Changing = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.05>, Momentum<0.9>>, ClipNorm<0.5>, Precision<FP64>,
                          Phases<Phase<Epochs<2>>, Phase<Epochs<2>, AdamW<Lr<0.01>>, ClipValue<1e-3>, Counts>,
                                 Phase<Epochs<2>, Freeze<Backbone>>>>;

template <class R>
void steps_of(Trainer<R>& trainer, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t step = from; step < to; ++step) {
    const auto [x, y] = batch(step);
    trainer.step(x, y, 2);
  }
}

}  // namespace

TEST_CASE("a phase has an optimizer of its own, and policies that act in it alone") {
  Settings s = defaults<Changing>();
  s.device = DeviceKind::Cpu;
  Trainer<Changing> trainer(s);
  steps_of(trainer, 0, 4);
  CHECK(trainer.behaviour<Counts>().steps == 0);
  const at::Tensor before = trainer.tensors()[0].clone();

  // the same by another recipe, which begins there
  using Second = Finetune<Small, ReplaceHead<3>, AdamW<Lr<0.01>>, ClipValue<1e-3>, Counts, Precision<FP64>, Epochs<2>>;
  Settings of_second = defaults<Second>();
  of_second.device = DeviceKind::Cpu;
  Trainer<Second> second(of_second);
  for (std::size_t i = 0; i < second.tensors().size(); ++i) second.tensors()[i].copy_(trainer.tensors()[i]);
  const at::NoGradGuard no_grad;
  steps_of(trainer, 4, 8);
  steps_of(second, 4, 8);
  CHECK(trainer.behaviour<Counts>().began.equal(before));
  CHECK(trainer.behaviour<Counts>().steps == 4);
  for (std::size_t i = 0; i < second.tensors().size(); ++i) CHECK(second.tensors()[i].equal(trainer.tensors()[i]));
  steps_of(trainer, 8, 12);
  CHECK(trainer.behaviour<Counts>().steps == 4);
}

TEST_CASE("phases with optimizers and policies of their own go on elsewhere as if nothing had been") {
  Settings s = defaults<Changing>();
  s.device = DeviceKind::Cpu;
  Trainer<Changing> whole(s);
  steps_of(whole, 0, 12);
  for (const std::uint64_t first : {3U, 4U, 6U, 8U, 9U}) {
    Trainer<Changing> begun(s), later(s);
    steps_of(begun, 0, first);
    Archive archive;
    save(begun, archive);
    load(later, archive);
    steps_of(later, first, 12);
    for (std::size_t i = 0; i < whole.tensors().size(); ++i) CHECK(later.tensors()[i].equal(whole.tensors()[i]));
  }
}

TEST_CASE("pictures are mixed in the phase that says so") {
  using R = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.05>>, Precision<FP64>,
                     Phases<Phase<Epochs<1>, Lr<0.05>>, Phase<Epochs<1>, Mixup<1.0>>>>;
  using Plain = Finetune<Small, ReplaceHead<3>, Sgd<Lr<0.05>>, Precision<FP64>, Epochs<2>>;
  Settings s = defaults<R>(), p = defaults<Plain>();
  s.device = p.device = DeviceKind::Cpu;
  Trainer<R> mixing(s);
  Trainer<Plain> plain(p);
  const auto same = [&] {
    bool equal = true;
    for (std::size_t i = 0; i < plain.tensors().size(); ++i)
      equal = equal && plain.tensors()[i].equal(mixing.tensors()[i]);
    return equal;
  };
  steps_of(mixing, 0, 2);
  steps_of(plain, 0, 2);
  CHECK(same());
  steps_of(mixing, 2, 4);
  steps_of(plain, 2, 4);
  CHECK_FALSE(same());
}

TEST_CASE("a clock of phases is kept between epochs, and not within one") {
  Trainer<Grows> t(defaults<Grows>());
  const at::Tensor x = at::randn({6, 3, 16, 16}), y = at::zeros({6}, at::kLong);
  t.step(x, y, 2);
  t.step(x, y, 4);  // another length is told within the epoch: steps stay as they are counted
  CHECK(t.steps_done() == 2);
  Trainer<Grows> u(defaults<Grows>());
  t.begin_epoch(4);
  CHECK(t.steps_done() == 2);
  u.step(x, y, 2);
  u.step(x, y, 2);
  u.begin_epoch(4);  // one epoch is done, in steps of the next
  CHECK(u.steps_done() == 4);
}
