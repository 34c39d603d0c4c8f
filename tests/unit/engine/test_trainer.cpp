// Steps, epochs, groups and counts, on a network small enough to be quick.
#include <ATen/Context.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "../data/picture_files.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/metric/evaluate.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/engine/update/groups.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

// Images whose class shows in their mean.
std::pair<at::Tensor, at::Tensor> batch(std::int64_t n, std::uint64_t seed) {
  const auto g = make_generator(seed);
  const at::Tensor y = at::arange(n, at::kLong).remainder(2);
  const at::Tensor x = at::randn({n, 3, 16, 16}, g).add(y.to(at::kFloat).mul(2).sub(1).view({n, 1, 1, 1}));
  return {x.contiguous(at::MemoryFormat::ChannelsLast), y};
}

}  // namespace

TEST_CASE("training learns, in single precision and in bfloat16") {
  const auto run = [](auto trainer) {
    double first = 0, last = 0;
    for (int i = 0; i < 30; ++i) {
      const auto [x, y] = batch(16, static_cast<std::uint64_t>(i));
      const BatchResult r = trainer.step(x, y, 30);
      CHECK(r.count == 16);
      if (i == 0) first = r.loss;
      last = r.loss;
    }
    CHECK(last < 0.5 * first);
    CHECK(trainer.steps_done() == 30);
    const auto [x, y] = batch(64, 1000);
    CHECK(score_batch(trainer.logits(x), y).correct > 55);
  };
  using Plain = Finetune<Small, ReplaceHead<2>, Sgd<Lr<5e-2>, Momentum<0.9>>>;
  using Half = Finetune<Small, ReplaceHead<2>, Sgd<Lr<5e-2>, Momentum<0.9>>, Precision<BF16>>;
  run(Trainer<Plain>(defaults<Plain>()));
  run(Trainer<Half>(defaults<Half>()));
}

TEST_CASE("bfloat16 computes in bfloat16 and leaves the thread as it was") {
  using Half = Finetune<Small, ReplaceHead<2>, Precision<BF16>>;
  using Plain = Finetune<Small, ReplaceHead<2>>;
  const auto [x, y] = batch(8, 1);
  Trainer<Half> half(defaults<Half>());
  Trainer<Plain> plain(defaults<Plain>());
  const at::Tensor a = half.logits(x), b = plain.logits(x);
  CHECK(a.scalar_type() == at::kFloat);
  CHECK_FALSE(a.equal(b));
  CHECK(a.sub(b).abs().max().item<float>() < 0.05f);
  CHECK_FALSE(at::autocast::is_autocast_enabled(c10::DeviceType::CPU));
}

TEST_CASE("equal seeds give equal bits, other seeds other weights") {
  using R = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>, Momentum<0.9>>>;
  const auto run = [](std::uint64_t seed) {
    Settings s = defaults<R>();
    s.seed = seed;
    Trainer<R> trainer(s);
    for (std::uint64_t i = 0; i < 5; ++i) {
      const auto [x, y] = batch(8, i);
      trainer.step(x, y, 5);
    }
    return trainer.tensors().front().detach().clone();
  };
  CHECK(run(1).equal(run(1)));
  CHECK_FALSE(run(1).equal(run(2)));
}

TEST_CASE("frozen tensors stay bit for bit, whatever decay and momentum say") {
  using R = Finetune<Small, ReplaceHead<2>, Freeze<Layers<0, 1>>, Freeze<Layer<"b.weight">>,
                     Sgd<Lr<0.1>, Momentum<0.9>, WeightDecay<0.1>>>;
  Trainer<R> trainer(defaults<R>());
  std::vector<at::Tensor> before;
  for (const at::Tensor& t : trainer.tensors()) before.push_back(t.detach().clone());
  for (std::uint64_t i = 0; i < 4; ++i) {
    const auto [x, y] = batch(8, i);
    trainer.step(x, y, 4);
  }
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(trainer.tensors()[i].equal(before[i]) == plan<R>.rows[i].frozen);
}

TEST_CASE("groups are what is treated alike, and each parameter that trains is in one") {
  using One = Finetune<Small, ReplaceHead<2>, LrScale<Head, 1>>;
  CHECK(make_groups<One>(defaults<One>()).size() == 1);
  Settings faster_head = defaults<One>();
  set_number<One>(faster_head, "lr-scale", 10);
  CHECK(make_groups<One>(faster_head).size() == 2);

  using R = Finetune<Small, ReplaceHead<2>, LrScale<Head, 10>, NoDecay<Union<Norms, Biases>>, Freeze<Layer<"a">>>;
  const std::vector<ParameterGroup> groups = make_groups<R>(defaults<R>());
  CHECK(groups.size() == 4);
  std::vector<int> seen(table<Small>.size);
  for (const ParameterGroup& g : groups) {
    REQUIRE(g.phases.size() == 1);
    for (const std::size_t row : g.rows) {
      ++seen[row];
      CHECK(g.phases[0].lr_scale == plan<R>.rows[row].lr_scale);
      CHECK(g.phases[0].decay_scale == plan<R>.rows[row].decay_scale);
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i)
    CHECK(seen[i] == (table<Small>.rows[i].is_buffer() || plan<R>.rows[i].frozen ? 0 : 1));

  // a number changed at run time parts what the recipe has together
  using Two = Finetune<Small, ReplaceHead<2>, LrScale<Layer<"a">, 2>, LrScale<Layer<"b">, 2>>;
  Settings s = defaults<Two>();
  CHECK(make_groups<Two>(s).size() == 2);
  value_of<Two, LrScale<Layer<"b">, 2>>(s) = 3;
  CHECK(make_groups<Two>(s).size() == 3);
}

TEST_CASE("a loss that is not finite stops before weights and statistics are touched") {
  using R = Finetune<Small, ReplaceHead<2>>;
  Trainer<R> trainer(defaults<R>());
  at::Tensor(trainer.tensors()[0]).fill_(3e38);  // as after steps that were too large; the pictures are in order
  Tensors before;
  for (const at::Tensor& t : trainer.tensors()) before.push_back(t.clone());
  const auto [x, y] = batch(4, 1);
  try {
    trainer.step(x, y, 1);
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::Diverged);
    CHECK(std::string(e.what()).find("step 1") != std::string::npos);
  }
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(trainer.tensors()[i].equal(before[i]));
}

TEST_CASE("epochs count every picture, tell the hooks, and keep the best weights") {
  const test::TempFolder folder;
  std::vector<data::Sample> samples;
  for (int i = 0; i < 11; ++i) {
    io::Image p{20, 20, io::Pixels(1200, static_cast<std::uint8_t>(i % 2 == 0 ? 40 : 210))};
    samples.push_back({folder.write("p" + std::to_string(i) + ".png", test::encode_png(p)).string(), i % 2});
  }
  using R = Finetune<Small, ReplaceHead<2>, Epochs<3>, Sgd<Lr<1e-2>, Momentum<0.9>>>;
  Trainer<R> trainer(defaults<R>());
  data::Loader train(samples, data::no_augment(16), {.batch_size = 4, .workers = 1, .shuffle = true});
  data::Loader test(samples, data::no_augment(16), {.batch_size = 3, .workers = 0});
  struct Counting {
    int steps = 0, epochs = 0;
    void on_step(const StepReport& r) {
      ++steps;
      CHECK(r.samples == 11);
    }
    void on_epoch(const EpochResult& r, const Trainer<R>& t) {
      ++epochs;
      CHECK(r.train.count == 11);  // 4 + 4 + 3
      CHECK(r.validation.count == 11);
      CHECK(t.steps_done() == 3 * epochs);
    }
  } counting;
  BestWeights best;
  const auto history = fit(trainer, train, &test, counting, best);
  CHECK(history.size() == 3);
  CHECK(counting.steps == 9);
  CHECK(counting.epochs == 3);
  double most = 0;
  for (const auto& e : history) most = std::max(most, e.validation.accuracy());
  CHECK(best.accuracy() == most);
  REQUIRE(best.tensors().size() == trainer.tensors().size());

  // the mean loss of an epoch weighs pictures, not batches
  const Score whole = evaluate(trainer, test);
  data::Loader at_once(samples, data::no_augment(16), {.batch_size = 11, .workers = 0});
  CHECK(whole.loss() == Approx(evaluate(trainer, at_once).loss()).epsilon(1e-5));
}
