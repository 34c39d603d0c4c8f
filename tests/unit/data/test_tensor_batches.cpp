// Batches of tensors in memory: every sample once an epoch, with its own label; through fit.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <limits>
#include <set>
#include <vector>

#include "tuneit/data/batches/tensor_batches.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;

TEST_CASE("tensors in memory: each sample once an epoch, with its label", "[data]") {
  const at::Tensor x = at::arange(33, at::kFloat).view({11, 3}), y = at::arange(11, at::kLong);
  for (const bool shuffle : {false, true}) {
    TensorBatches batches(x, y, 4, {.shuffle = shuffle, .seed = 3});
    CHECK(batches.batches() == 3);
    std::vector<std::vector<std::size_t>> epochs;
    for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
      batches.start(epoch);
      std::vector<std::size_t> seen;
      while (const auto b = batches.next()) {
        CHECK(b->images.size(0) == static_cast<std::int64_t>(b->index.size()));
        for (std::size_t i = 0; i < b->index.size(); ++i) {
          const auto row = static_cast<std::int64_t>(i), at = static_cast<std::int64_t>(b->index[i]);
          CHECK(b->images[row].equal(x[at]));
          CHECK(b->labels[row].item<std::int64_t>() == at);
          CHECK(batches.label(b->index[i]) == at);
          seen.push_back(b->index[i]);
        }
      }
      CHECK(std::set<std::size_t>(seen.begin(), seen.end()).size() == 11);
      epochs.push_back(seen);
    }
    CHECK((epochs[0] == epochs[1]) == !shuffle);
    batches.start(1);
    CHECK(batches.next()->index == std::vector<std::size_t>(epochs[0].begin(), epochs[0].begin() + 4));
  }
  TensorBatches targets(x, at::arange(11, at::kFloat), 4);
  targets.start(0);
  CHECK(targets.next()->labels.sizes() == at::IntArrayRef({4, 1}));
  CHECK(targets.label(2) == -1);
}

TEST_CASE("tensors that are no source of batches are refused", "[data][hostile]") {
  const at::Tensor x = at::zeros({4, 3});
  CHECK_THROWS_WITH(TensorBatches(x, at::zeros({3}, at::kLong), 2), Catch::Contains("4 images and 3 labels"));
  CHECK_THROWS_WITH(TensorBatches(x, at::zeros({4}, at::kInt), 2), Catch::Contains("to(at::kLong)"));
  CHECK_THROWS_WITH(TensorBatches(x, at::zeros({4, 2}, at::kLong), 2), Catch::Contains("They are [N]"));
  CHECK_THROWS_WITH(TensorBatches(x, at::zeros({4}, at::kLong), 0), Catch::Contains("no samples"));
  CHECK_THROWS_WITH(TensorBatches({}, at::zeros({4}, at::kLong), 1), Catch::Contains("Give a tensor of each"));
}

TEST_CASE("fit learns from tensors in memory, and keeps features of frozen blocks", "[data]") {
  using R = Finetune<networks::Small, ReplaceHead<2>, Freeze<Backbone>, Sgd<Lr<0.3>>, Epochs<20>>;
  const at::Tensor y = at::arange(24, at::kLong).remainder(2);
  const at::Tensor x = at::randn({24, 3, 16, 16}, make_generator(1)).add(y.to(at::kFloat).mul(4).view({24, 1, 1, 1}));
  Trainer<R> trainer(defaults<R>());
  TensorBatches train(x, y, 8, {.shuffle = true}), validation(x, y, 8);
  const auto history = fit(trainer, train, &validation);
  CHECK(history.size() == 20);
  CHECK(history.back().cached);
  CHECK(history.back().validation.accuracy() == 1);
}

TEST_CASE("tensors in memory come in the batch sizes of the phases", "[data]") {
  using P = Phases<Phase<Epochs<2>, BatchSize<8>>, Phase<Epochs<1>, BatchSize<4>>, Phase<Epochs<2>, BatchSize<12>>>;
  using R = Finetune<networks::Small, ReplaceHead<2>, Sgd<Lr<0.01>>, P>;
  const at::Tensor y = at::arange(24, at::kLong).remainder(2), x = at::randn({24, 3, 16, 16}, make_generator(1));
  Settings s = defaults<R>();
  Trainer<R> trainer(s);
  TensorBatches train(x, y, 32);
  CHECK_THROWS_WITH(fit(trainer, train, nullptr), Catch::Contains("set_phases<R>"));
  train.set_phases<R>(s);
  std::vector<std::size_t> steps;
  for (std::uint64_t epoch = 1; epoch <= 5; ++epoch) {
    train.enter_epoch(epoch);
    train.start(epoch);
    steps.push_back(0);
    for (std::optional<data::Batch> b = train.next(); b; b = train.next()) ++steps.back();
  }
  CHECK(steps == std::vector<std::size_t>{3, 3, 6, 2, 2});
  CHECK(fit(trainer, train, nullptr).size() == 5);

  set_number<R>(s, "phase-2-batch-size", 24);
  train.set_phases<R>(s);
  train.enter_epoch(3);
  CHECK(train.batch_size() == 24);
  CHECK(train.epochs_alike(3) == 1);

  using Sides = Finetune<networks::Small, ReplaceHead<2>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Side<24>>>>;
  CHECK_THROWS_WITH(train.set_phases<Sides>(), Catch::Contains("tensors in memory stay as they are"));
}

TEST_CASE("what is not finite is told by its input or target, and its sample", "[data][hostile]") {
  const at::Tensor x = at::zeros({6, 3}), y = at::zeros({6}, at::kLong);
  const auto told = [&](at::Tensor age, at::Tensor depth, const char* words) {
    TensorBatches source({x, std::move(age)}, {y, std::move(depth)}, 4, {});
    data::BatchGuard guard;
    source.start(1);
    guard.check(*source.next(), source);  // of the samples 0 to 3
    CHECK_THROWS_WITH(guard.check(*source.next(), source), Catch::Contains(words));
  };
  const at::Tensor good = at::zeros({6, 2}), bad = good.clone();
  bad[4][1].fill_(std::numeric_limits<float>::quiet_NaN());
  told(bad, good, "its input 1 (from 0) holds NaN");
  told(good, bad, "its target 1 (from 0) holds NaN");
  told(bad, bad, "sample 4");
  TensorBatches rows(bad, y, 6);
  data::BatchGuard guard;
  rows.start(1);
  CHECK_THROWS_WITH(guard.check(*rows.next(), rows), Catch::Contains("its numbers hold NaN"));
}
