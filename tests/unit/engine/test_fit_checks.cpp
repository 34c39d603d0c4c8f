// What is refused before anything trains: data and head that do not go together, data without samples, trainers that
// have ended, features of another network.
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/metric/evaluate.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/own_batches.hpp"
#include "unit/engine/small.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;
using networks::Small;
using test::Own;

namespace {

using Plain = Finetune<Small, ReplaceHead<2>, Epochs<2>, Sgd<Lr<1e-2>>>;
using Frozen = Finetune<Small, ReplaceHead<2>, Epochs<2>, Freeze<Backbone>, Sgd<Lr<1e-2>>>;

/// Labels i % classes of six samples; no batch is ever read of it in these tests where something is refused.
class Labelled final : public data::Batches {
 public:
  explicit Labelled(int classes, int first = 0) : own_(6, 2, 16), classes_(classes), first_(first) {}
  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override {
    ++started;
    own_.start(epoch, std::move(order));
  }
  std::optional<data::Batch> next() override {
    auto batch = own_.next();
    if (batch) batch->labels = labels(batch->index);
    return batch;
  }
  std::size_t size() const override { return 6; }
  int label(std::size_t i) const override { return first_ + static_cast<int>(i) % classes_; }
  std::vector<std::size_t> order(std::uint64_t epoch) const override { return own_.order(epoch); }
  std::size_t batch_size() const override { return 2; }
  std::size_t samples() const override { return 6; }
  std::string describe(std::size_t i) const override { return "the tile " + std::to_string(i); }
  int started = 0;

 private:
  Own own_;
  int classes_, first_;
};

/// Says that an epoch has other samples than the six that it gives, and how many it left out.
class Lying final : public data::Batches {
 public:
  Lying(std::size_t says, std::size_t left_out = 0) : own_(6, 2, 16), says_(says), left_out_(left_out) {}
  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override { own_.start(epoch, std::move(order)); }
  std::optional<data::Batch> next() override { return own_.next(); }
  std::size_t size() const override { return 6; }
  int label(std::size_t i) const override { return own_.label(i); }
  std::vector<std::size_t> order(std::uint64_t epoch) const override { return own_.order(epoch); }
  std::size_t batch_size() const override { return 2; }
  std::size_t samples() const override { return says_; }
  std::size_t left_out() const override { return left_out_; }

 private:
  Own own_;
  std::size_t says_, left_out_;
};

/// NumberBatches to predict, so many for each sample.
class NumberBatches final : public data::Batches {
 public:
  explicit NumberBatches(std::int64_t targets) : targets_(targets) {}
  using Batches::start;
  void start(std::uint64_t, std::vector<std::size_t>) override {}
  std::optional<data::Batch> next() override { return std::nullopt; }
  std::size_t size() const override { return 6; }
  int label(std::size_t) const override { return 0; }
  at::Tensor labels(std::span<const std::size_t> positions) const override {
    return at::zeros({static_cast<std::int64_t>(positions.size()), targets_});
  }
  std::vector<std::size_t> order(std::uint64_t) const override { return {0, 1, 2, 3, 4, 5}; }
  std::size_t batch_size() const override { return 2; }
  std::size_t samples() const override { return 6; }

 private:
  std::int64_t targets_;
};

}  // namespace

TEST_CASE("labels beyond the head are refused before a batch is read, in the test part, too", "[hostile]") {
  Trainer<Plain> t(defaults<Plain>());
  Labelled two(2), three(3), below(2, -1);
  CHECK_REFUSED(fit(t, three, nullptr), ErrorKind::Data,
                "the tile 2 has the label 2, and the head has 2 outputs, for classes 0 to 1");
  CHECK_REFUSED(fit(t, three, nullptr), ErrorKind::Data, "ReplaceHead<3>");
  CHECK_REFUSED(fit(t, two, &three), ErrorKind::Data, "the tile 2 has the label 2");
  CHECK_REFUSED(fit(t, below, nullptr), ErrorKind::Data, "the tile 0 has the label -1");
  CHECK_REFUSED(evaluate(t, three), ErrorKind::Data, "the tile 2 has the label 2");
  CHECK((two.started == 0 && three.started == 0 && t.steps_done() == 0));
  using One = Finetune<Small, ReplaceHead<1>, Epochs<1>, BinaryCrossEntropy<>>;
  Trainer<One> one(defaults<One>());
  CHECK_REFUSED(fit(one, three, nullptr), ErrorKind::Data, "the head has 1 output, for classes 0 to 1");
  CHECK(fit(one, two, &two).size() == 1);  // one output tells two classes apart

  using Regression = Finetune<Small, ReplaceHead<3>, MeanSquaredError<>>;
  Trainer<Regression> regression(defaults<Regression>());
  NumberBatches numbers(2);
  CHECK_REFUSED(fit(regression, numbers, nullptr), ErrorKind::Data,
                "each sample has 2 targets, and the head has 3 outputs");
}

TEST_CASE("in a step the label that is beyond the head is named with its sample", "[hostile]") {
  Trainer<Plain> t(defaults<Plain>());
  at::Tensor labels = at::zeros({3}, at::kLong);
  labels[1].fill_(7);
  CHECK_REFUSED(t.step(at::zeros({3, 3, 16, 16}), labels, 1), ErrorKind::Data,
                "it is 7 (sample 1 of the batch, from 0)");
  CHECK_REFUSED(t.score(at::zeros({3, 2}), labels), ErrorKind::Data, "ReplaceHead<8>");
}

TEST_CASE("data without samples, or that gives no batch, is refused", "[hostile]") {
  Trainer<Plain> t(defaults<Plain>());
  Own some(6, 2, 16), none(0, 2, 16), zero(6, 0, 16);
  CHECK_REFUSED(fit(t, none, nullptr), ErrorKind::Data,
                "the training data has no samples, and so an epoch of it no steps");
  CHECK_REFUSED(fit(t, some, &none), ErrorKind::Data, "the test data has no samples");
  CHECK_REFUSED(evaluate(t, none), ErrorKind::Data, "the test data has no samples");
  CHECK_REFUSED(fit(t, zero, nullptr), ErrorKind::Usage, "batches of no samples");
  NumberBatches mute(1);
  using Regression = Finetune<Small, ReplaceHead<1>, MeanSquaredError<>>;
  Trainer<Regression> regression(defaults<Regression>());
  CHECK_REFUSED(fit(regression, mute, nullptr), ErrorKind::Data, "gave no batch in epoch 1");
}

template <class R>
void refuses_lying() {
  Trainer<R> t(defaults<R>());
  Lying more(4), fewer(8), honest(6), skips(7, 1), counts_twice(6, 1);
  CHECK_REFUSED(fit(t, more, nullptr), ErrorKind::Data,
                "the data source says that an epoch has 4 samples (Batches::samples), and gave 6 or more");
  CHECK(t.steps_done() == 2);  // what comes behind is not learned from
  Trainer<R> u(defaults<R>());
  CHECK_REFUSED(fit(u, fewer, nullptr), ErrorKind::Data, "an epoch has 8 samples (Batches::samples), and gave 6\n");
  Trainer<R> v(defaults<R>());
  CHECK_REFUSED(fit(v, honest, &fewer), ErrorKind::Data, "an epoch has 8 samples");
  Trainer<R> w(defaults<R>());
  CHECK(fit(w, honest, &skips).size() == 2);
  Trainer<R> x(defaults<R>());
  CHECK_REFUSED(fit(x, counts_twice, nullptr), ErrorKind::Data, "and gave 6 or more beside 1 left out");
}

TEST_CASE("a source that gives other samples than it says is refused", "[hostile]") {
  refuses_lying<Plain>();
  refuses_lying<Frozen>();
}

TEST_CASE("phases that want different data refuse a source that gives the same in all epochs", "[hostile]") {
  using Sizes = Finetune<Small, ReplaceHead<2>, Phases<Phase<Epochs<1>, BatchSize<2>>, Phase<Epochs<1>, BatchSize<3>>>>;
  using Rates = Finetune<Small, ReplaceHead<2>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Freeze<Layer<"stem">>>>>;
  Labelled source(2);
  Trainer<Sizes> sizes(defaults<Sizes>());
  CHECK_THROWS_WITH(fit(sizes, source, nullptr),
                    Catch::Matchers::Contains("the same in all epochs") && Catch::Matchers::Contains("set_phases"));
  CHECK(source.started == 0);
  Trainer<Rates> rates(defaults<Rates>());
  CHECK(fit(rates, source, nullptr).size() == 2);
}

TEST_CASE("an epoch of no steps is refused", "[hostile]") {
  Trainer<Plain> t(defaults<Plain>());
  const at::Tensor x = at::zeros({2, 3, 16, 16}), y = at::zeros({2}, at::kLong);
  CHECK_REFUSED(t.step(x, y, 0), ErrorKind::Usage, "steps_per_epoch is 0");
  CHECK_REFUSED(t.step(x, y, -1), ErrorKind::Usage, "steps_per_epoch is -1");
  CHECK_REFUSED(t.step_features(x, y, 0), ErrorKind::Usage, "steps_per_epoch is 0");
  CHECK_REFUSED(t.begin_epoch(0), ErrorKind::Usage, "steps_per_epoch is 0");
  CHECK_REFUSED(t.rate(0), ErrorKind::Usage, "steps_per_epoch is 0");
  CHECK_REFUSED(t.pass_over(0), ErrorKind::Usage, "steps_per_epoch is 0");
  CHECK(t.steps_done() == 0);
}

TEST_CASE("a training that has ended is not gone on with at rate 0", "[hostile]") {
  using Falls = Finetune<Small, ReplaceHead<2>, Epochs<2>, Sgd<Lr<1e-2>>, CosineLr>;
  Trainer<Falls> t(defaults<Falls>());
  Own source(6, 2, 16);
  CHECK(fit(t, source, nullptr).size() == 2);
  const at::Tensor weight = t.tensors().front().clone();
  CHECK_REFUSED(fit(t, source, nullptr), ErrorKind::Usage,
                "the training has ended: of its 6 steps (epochs: 2, steps in each: 3) 6 are done");
  CHECK_REFUSED(fit(t, source, nullptr), ErrorKind::Usage, "Make a new Trainer");
  const at::Tensor x = at::zeros({2, 3, 16, 16}), y = at::zeros({2}, at::kLong);
  CHECK_REFUSED(t.step(x, y, 3), ErrorKind::Usage, "the training has ended");
  CHECK_REFUSED(t.step_features(x, y, 3), ErrorKind::Usage, "the training has ended");
  CHECK(t.tensors().front().equal(weight));
  CHECK(t.logits(x).size(0) == 2);  // it is still there to be asked

  using Early = Finetune<Small, ReplaceHead<2>, Epochs<9>, Sgd<Lr<1e-9>>, EarlyStop<Patience<1>, 0.5>>;
  Trainer<Early> early(defaults<Early>());
  const std::size_t epochs = fit(early, source, nullptr).size();
  CHECK(epochs < 9);
  CHECK_REFUSED(fit(early, source, nullptr), ErrorKind::Usage, "EarlyStop, or another policy that acts after epochs");
}

TEST_CASE("fit goes on behind the epochs that are done, and not within one") {
  struct Stop {
    int after = 0, epochs = 0;
    bool should_stop() const { return epochs == after; }
    void on_epoch(const EpochResult&, const Trainer<Plain>&) { ++epochs; }
  };
  Own source(6, 2, 16);
  Trainer<Plain> whole(defaults<Plain>()), parts(defaults<Plain>());
  fit(whole, source, nullptr);
  Stop stop{1};
  CHECK(fit(parts, source, nullptr, stop).size() == 1);
  const auto rest = fit(parts, source, nullptr);
  REQUIRE(rest.size() == 1);
  CHECK(rest.front().epoch == 2);
  for (std::size_t i = 0; i < whole.tensors().size(); ++i) CHECK(whole.tensors()[i].equal(parts.tensors()[i]));

  Trainer<Plain> within(defaults<Plain>());
  within.step(at::zeros({2, 3, 16, 16}), at::zeros({2}, at::kLong), 3);
  CHECK_REFUSED(fit(within, source, nullptr), ErrorKind::Usage, "within an epoch: 1 of 3 steps are done");
  within.pass_over(3);
  within.pass_over(3);
  CHECK(fit(within, source, nullptr).size() == 1);
}

TEST_CASE("features that the rest of the network cannot take are refused", "[hostile]") {
  Trainer<Frozen> t(defaults<Frozen>());
  const at::Tensor y = at::zeros({2}, at::kLong), features = t.features(at::zeros({2, 3, 16, 16}));
  CHECK(t.logits_from(features).size(0) == 2);
  CHECK_REFUSED(t.logits_from(at::zeros({2, 7, 8, 8})), ErrorKind::Usage,
                "features of the shape [2, 7, 8, 8] in its block 2");
  CHECK_REFUSED(t.step_features(at::zeros({2, 3, 16, 16}), y, 3), ErrorKind::Usage, "what Trainer::features gave");
  CHECK_REFUSED(t.step_features(features.to(at::kLong), y, 3), ErrorKind::Usage, "numbers of type Long");
  CHECK(t.step_features(features, y, 3).count == 2);
}
