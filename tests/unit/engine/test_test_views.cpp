// Are tests of several views of a picture judged by the mean of the outputs?
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <tuneit/engine/loop.hpp>
#include <tuneit/engine/metric/evaluate.hpp>

#include <catch2/catch.hpp>

namespace {

using namespace tuneit;

/// Five samples in batches of two; sample i is the number 10 i + view.
class NumberBatches final : public data::Batches {
 public:
  explicit NumberBatches(std::uint64_t views) : views_(views) {}
  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override {
    view_ = view(epoch);
    order_ = std::move(order);
    at_ = 0;
    starts.push_back(epoch);
  }
  std::optional<data::Batch> next() override {
    if (at_ >= order_.size()) return std::nullopt;
    data::Batch batch;
    std::vector<float> values;
    std::vector<std::int64_t> labels;
    for (; at_ < order_.size() && values.size() < 2; ++at_) {
      values.push_back(static_cast<float>(10 * order_[at_] + view_));
      labels.push_back(label(order_[at_]));
      batch.index.push_back(order_[at_]);
    }
    batch.images = at::tensor(values).reshape({-1, 1, 1, 1});
    batch.labels = at::tensor(labels);
    return batch;
  }
  std::size_t size() const override { return 5; }
  int label(std::size_t position) const override { return static_cast<int>(position % 2); }
  std::vector<std::size_t> order(std::uint64_t) const override { return {4, 3, 2, 1, 0}; }
  std::size_t batch_size() const override { return 2; }
  std::size_t samples() const override { return 5; }
  std::uint64_t views() const override { return views_; }

  std::vector<std::uint64_t> starts;

 private:
  std::uint64_t views_, view_ = 0;
  std::size_t at_ = 0;
  std::vector<std::size_t> order_;
};

/// Its outputs are the number itself, and 0.
struct Echo {
  Settings s{};
  int steps = 0;
  const Settings& settings() const { return s; }
  double rate(long long) const { return 0; }
  BatchResult step(const at::Tensor&, const at::Tensor& labels, long long) {
    ++steps;
    return {0, 0, labels.size(0)};
  }
  at::Tensor logits(const at::Tensor& images) const {
    at::Tensor out = at::zeros({images.size(0), 2});
    out.select(1, 0).copy_(images.flatten());
    return out;
  }
  std::vector<at::Tensor> none{};
  const std::vector<at::Tensor>& tensors() const { return none; }
  const std::vector<at::Tensor>& best_tensors() const { return none; }
  at::Device device() const { return at::Device(at::kCPU); }
  BatchResult score(const at::Tensor& logits, const at::Tensor& labels) const { return score_batch(logits, labels); }
  MetricSums metrics() const { return {}; }
  std::vector<NamedFigure> trained_metrics() { return {}; }
  std::string monitor() const { return {}; }
  bool monitor_lower_is_better() const { return false; }
  long long steps_in(long long batches) const { return batches; }
  long long steps_done() const { return 0; }
  std::size_t frozen_blocks(int) const { return 0; }
  bool mixes() const { return false; }
  at::Tensor features(const at::Tensor& x) const { return x; }
  at::Tensor logits_from(const at::Tensor& x) const { return logits(x); }
  BatchResult step_features(const at::Tensor&, const at::Tensor&, long long) { return {}; }
  bool epoch_done(const EpochResult&) { return true; }
  void begin_epoch(long long) {}
  void pass_over(long long) {}
  void finish_window(long long) {}
  void drop_window() {}
};

/// Mean loss and hits where class 0 has the output 10 i + add of sample i, by the formula.
double loss_with(double add) {
  double sum = 0;
  for (int i = 0; i < 5; ++i) {
    const double a = 10 * i + add;
    sum += std::log1p(std::exp(-a)) + (i % 2 == 0 ? 0 : a);
  }
  return sum / 5;
}

}  // namespace

TEST_CASE("evaluate judges the mean over the views of a picture", "[engine][views]") {
  NumberBatches loader(3);  // views 0, 1 and 2: the mean is 1
  const Echo trainer;
  std::vector<float> seen;
  std::vector<std::size_t> index;
  const Score score = evaluate(trainer, loader, [&](const data::Batch& batch, const at::Tensor& logits) {
    for (std::size_t i = 0; i < batch.index.size(); ++i) {
      seen.push_back(logits.select(0, static_cast<std::int64_t>(i)).select(0, 0).item<float>());
      index.push_back(batch.index[i]);
    }
  });
  CHECK(loader.starts == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(index == std::vector<std::size_t>{4, 3, 2, 1, 0});
  REQUIRE(seen.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(seen[i] == Approx(10.0 * static_cast<double>(4 - i) + 1).epsilon(1e-6));
  CHECK(score.count == 5);
  CHECK(score.correct == 3);
  CHECK(score.loss() == Approx(loss_with(1)).epsilon(1e-5));
}

TEST_CASE("one view is tested as it always was", "[engine][views]") {
  for (const std::uint64_t views : {0U, 1U}) {
    NumberBatches loader(views);
    CHECK(evaluate(Echo{}, loader).loss() == Approx(loss_with(0)).epsilon(1e-5));
    CHECK(loader.starts == std::vector<std::uint64_t>{0});
  }
}

TEST_CASE("so does the test at the end of an epoch", "[engine][views]") {
  NumberBatches train(1), test(3);
  Echo trainer;
  trainer.s.epochs = 2;
  const std::vector<EpochResult> history = fit(trainer, train, &test);
  REQUIRE(history.size() == 2);
  CHECK(trainer.steps == 6);
  CHECK(test.starts == std::vector<std::uint64_t>{0, 1, 2, 0, 1, 2});
  for (const EpochResult& epoch : history) {
    CHECK(epoch.validation.count == 5);
    CHECK(epoch.validation.loss() == Approx(loss_with(1)).epsilon(1e-5));
  }
}
