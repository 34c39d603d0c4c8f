// Metrics: those that are here against counting by hand; one of one's own in training and tests, by name; what picks
// the best epoch; batches of any size.
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch.hpp>
#include <limits>

#include "../refusal.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/train.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

/// The mean of the largest output: a figure that everybody can compute again.
struct Largest : MetricTag {
  static constexpr std::string_view name = "largest";
};
struct Smallest : MetricTag {
  static constexpr std::string_view name = "smallest";
  static constexpr bool lower_is_better = true;
};

}  // namespace

template <>
struct tuneit::Metric<Largest> : MeanOfBatches {
  void add(const Outputs& y, const Targets& t) {
    CHECK(t.value.scalar_type() == at::kLong);
    MeanOfBatches::add(y.only().amax(1).sum(), y.only().size(0));
  }
};
template <>
struct tuneit::Metric<Smallest> : MeanOfBatches {
  void add(const Outputs& y, const Targets&) { MeanOfBatches::add(y.only().amax(1).sum(), y.only().size(0)); }
};

namespace {

template <class M>
double measured(const at::Tensor& y, const at::Tensor& t) {
  MetricSums sums{List<M>{}};
  CHECK(std::isnan(sums.read()[0].value));
  for (const auto& [from, to] : {std::pair{0, 3}, std::pair{3, 5}})  // batches of several sizes
    sums.add(y.slice(0, from, to), Targets{t.slice(0, from, to)});
  const double all = sums.read()[0].value;
  sums.reset();
  sums.add(y, Targets{t});
  CHECK(sums.read()[0].value == Approx(all).epsilon(1e-12));
  return all;
}

}  // namespace

TEST_CASE("metrics that are here, by hand") {
  const at::Tensor y = at::tensor({3.0, 1.0, 2.0,  //
                                   0.0, 1.0, 2.0,  //
                                   5.0, 4.0, 3.0,  //
                                   1.0, 0.0, 2.0,  //
                                   1.0, 3.0, 2.0},
                                  at::kDouble)
                           .view({5, 3});
  const at::Tensor labels = at::tensor({0, 1, 2, 2, 0}, at::kLong);
  CHECK(measured<Accuracy>(y, labels) == Approx(2.0 / 5));
  CHECK(measured<TopK<1>>(y, labels) == Approx(2.0 / 5));
  CHECK(measured<TopK<2>>(y, labels) == Approx(3.0 / 5));
  CHECK(measured<TopK<3>>(y, labels) == 1);
  CHECK(measured<TopK<9>>(y, labels) == 1);  // of three
  CHECK(measured<MeanAbsoluteError>(y, y.add(0.25)) == Approx(0.25));
  CHECK(measured<MeanAbsoluteError>(y.narrow(1, 0, 1), y.select(1, 0).sub(2)) == Approx(2));  // [N]
  CHECK(measured<Accuracy>(y, y.softmax(1)) == 1);
  CHECK(measured<LabelAccuracy>(y.sub(1.5), y.gt(0.5).to(at::kDouble)) == Approx(11.0 / 15));
}

namespace {

const at::Tensor images() { return at::randn({12, 3, 32, 32}, make_generator(4)); }
const at::Tensor labels() { return at::randint(10, {12}, make_generator(6), at::kLong); }

}  // namespace

TEST_CASE("a metric of one's own is measured in training and tests, and is a column by its name") {
  using R = Finetune<TinyNet, Metrics<Largest, TopK<3>>, Epochs<2>, Sgd<Lr<0.01>>>;
  Trainer<R> trainer(defaults<R>());
  TensorBatches train(images(), labels(), 5), test(images(), labels(), 4);
  const auto history = fit(trainer, train, &test);
  REQUIRE(history.size() == 2);
  const at::Tensor now = trainer.logits(images());
  CHECK(history[1].validation.metric<Largest>() == Approx(now.amax(1).mean().item<double>()).epsilon(1e-5));
  MetricSums top{List<TopK<3>>{}};
  top.add(now, Targets{labels()});
  CHECK(history[1].validation.metric<TopK<3>>() == Approx(top.read()[0].value));
  CHECK(history[1].validation.metric<Accuracy>() == history[1].validation.accuracy());
  CHECK(history[0].train.metric<Largest>() != history[1].train.metric<Largest>());  // of its epoch only
  CHECK(std::isfinite(history[1].train.metric<Largest>()));
  CHECK(evaluate(trainer, test).metric<Largest>() == Approx(history[1].validation.metric<Largest>()));
  CHECK_THAT(test::refusal([&] { (void)history[1].validation.metric<MeanAbsoluteError>(); }).first,
             Catch::Matchers::Contains("the metric mean_absolute_error was not measured"));
}

TEST_CASE("what is measured does not change the training, and is counted once a batch") {
  using Plain = Finetune<TinyNet, Sam<0.05>, Sgd<Lr<0.01>>>;
  using Measured = Finetune<TinyNet, Sam<0.05>, Sgd<Lr<0.01>>, Metrics<Largest>>;
  Trainer<Plain> plain(defaults<Plain>());
  Trainer<Measured> measured(defaults<Measured>());
  for (int i = 0; i < 3; ++i)
    CHECK(static_cast<double>(plain.step(images(), labels(), 3).loss) ==
          static_cast<double>(measured.step(images(), labels(), 3).loss));
  for (std::size_t i = 0; i < plain.tensors().size(); ++i) CHECK(plain.tensors()[i].equal(measured.tensors()[i]));
  Trainer<Measured> one(defaults<Measured>());
  const at::Tensor x = images();
  const double before = one.logits(x).amax(1).mean().item<double>();
  one.step(x, labels(), 3);  // TinyNet's batch norms use the batch: near, but not equal
  const auto figures = one.trained_metrics();
  REQUIRE(figures.size() == 1);
  CHECK(std::isfinite(figures[0].value));
  CHECK(std::abs(figures[0].value - before) < 5);
  CHECK(std::isnan(one.trained_metrics()[0].value));  // begun anew
}

TEST_CASE("values have a mean absolute error of every test") {
  using R = Finetune<TinyNet, ReplaceHead<2>, Huber<>, Epochs<1>>;
  Trainer<R> trainer(defaults<R>());
  const at::Tensor values = at::randn({12, 2}, make_generator(8));
  TensorBatches train(images(), values, 4), test(images(), values, 5);
  const EpochResult e = fit(trainer, train, &test).front();
  CHECK(e.validation.metric<MeanAbsoluteError>() ==
        Approx(trainer.logits(images()).sub(values).abs().mean().item<double>()).epsilon(1e-5));
  CHECK(std::isnan(e.validation.metric<Accuracy>()));
}

TEST_CASE("a plateau of what is better if higher is torch's mode max") {
  PlateauState state;
  state.patience = 1;
  CHECK_FALSE(state.observe(-0.9, true));
  CHECK_FALSE(state.observe(-0.90001, true));  // by less than the threshold
  CHECK(state.observe(-0.9, true));
  CHECK(state.factor == Approx(0.1));
  CHECK_FALSE(state.observe(-0.95, true));
  CHECK(state.best == -0.95);
  using R = Finetune<TinyNet, Monitor<Accuracy>, Plateau<0.5, Patience<1>>, Epochs<9>>;
  Trainer<R> trainer(defaults<R>());
  EpochResult e;
  e.monitor = "accuracy";
  e.validation.count = 4;
  e.validation.figures = {{"accuracy", 0.75}};
  trainer.step(images(), labels(), 1);
  const double rate = trainer.rate(1);
  for (int i = 0; i < 3; ++i) {
    CHECK(trainer.rate(1) == rate);
    trainer.epoch_done(e);
  }
  CHECK(trainer.rate(1) == Approx(rate / 2));
}

TEST_CASE("a monitored metric picks the best epoch, higher or lower") {
  const auto best_of = [](const std::vector<EpochResult>& history) {
    struct Tensors {
      std::vector<at::Tensor> all;
      [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return all; }
    } none;
    BestWeights best;
    for (const EpochResult& e : history) best.on_epoch(e, none);
    return best.epoch();
  };
  const auto trained = [](auto recipe) {
    using R = typename decltype(recipe)::type;
    Trainer<R> trainer(defaults<R>());
    TensorBatches train(images(), labels(), 5), test(images(), labels(), 4);
    return fit(trainer, train, &test);
  };
  using High = Finetune<TinyNet, Monitor<Largest>, Epochs<6>, Sgd<Lr<0.05>>>;
  using Low = Finetune<TinyNet, Monitor<Smallest>, Epochs<6>, Sgd<Lr<0.05>>>;
  const auto high = trained(Type<High>{}), low = trained(Type<Low>{});
  int highest = 1, lowest = 1;
  for (const EpochResult& e : high) {
    CHECK(e.watched_loss() == -e.validation.metric<Largest>());
    if (e.validation.metric<Largest>() > high[static_cast<std::size_t>(highest - 1)].validation.metric<Largest>())
      highest = e.epoch;
  }
  for (const EpochResult& e : low)
    if (e.watched_loss() < low[static_cast<std::size_t>(lowest - 1)].watched_loss()) lowest = e.epoch;
  CHECK(best_of(high) == highest);
  CHECK(best_of(low) == lowest);
  CHECK(highest != lowest);
}

TEST_CASE(
    "a batch whose loss is no number is not measured, and what was measured before a state is read is forgotten") {
  using R = Finetune<TinyNet, ReplaceHead<3>, Sgd<Lr<1e-2>>, Metrics<Accuracy>>;
  Trainer<R> t(defaults<R>());
  const auto g = make_generator(3);
  const at::Tensor x = at::randn({6, 3, 32, 32}, g), y = t.logits(x).argmax(1);  // all are right
  CHECK_REFUSED(t.step(x.mul(std::numeric_limits<double>::infinity()), y, 10), ErrorKind::Data, "its picture holds");
  CHECK(std::isnan(t.trained_metrics()[0].value));
  Archive before;
  save(t, before);
  t.step(x, y, 10);
  load(t, before);
  CHECK(std::isnan(t.trained_metrics()[0].value));
  t.step(x, y, 10);
  CHECK(!std::isnan(t.trained_metrics()[0].value));
}
