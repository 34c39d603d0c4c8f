// Does training on batches that a device finishes end where training on the workers' floats ends, whatever stands
// between loader and network? The device is the CPU here.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/zeros.h>

#include <tuneit/data/augment/recipe_augment.hpp>
#include <tuneit/data/batches/loader.hpp>
#include <tuneit/engine/loop.hpp>
#include <tuneit/engine/trainer.hpp>
#include <tuneit/io/image/write_png.hpp>
#include <tuneit/models/tiny.hpp>
#include <tuneit/recipe.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"

namespace {

using namespace tuneit;

using Strong = Augment<RandomResizedCrop<0.5>, HorizontalFlip<>, ColorJitter<0.3>,
                       RandomErasing<0.5, 0.05, 0.3, 0.3, 3.3, Noise>, RandomErasing<0.3>>;

std::vector<data::Sample> make_samples(const test::TempFolder& folder) {
  std::vector<data::Sample> out;
  for (int i = 0; i < 14; ++i) {
    const std::string path = (folder.path() / (std::to_string(i) + ".png")).string();
    io::write_png(path, test::gradient(30 + i, 40 - i, 17 * i));
    out.push_back({path, i % 3});
  }
  return out;
}

/// Losses of three epochs, and the weights behind them.
template <class R>
std::pair<std::vector<double>, Tensors> train(const std::vector<data::Sample>& samples,
                                              std::optional<at::Device> finish_on) {
  Settings s = defaults<R>();
  s.epochs = 3;
  s.classes = 3;
  s.precision = PrecisionKind::Single;
  Trainer<R> trainer(s);
  const data::LoaderOptions options{.batch_size = 4, .workers = 1, .shuffle = true, .seed = 2, .finish_on = finish_on};
  data::Loader pictures(samples, data::train_augment<R>(s), options);
  data::Loader tests(samples, data::test_augment<R>(s), {.batch_size = 4, .finish_on = finish_on});
  std::vector<double> losses;
  for (const EpochResult& e : fit(trainer, pictures, &tests)) {
    losses.push_back(e.train.loss());
    losses.push_back(e.validation.loss());
    losses.push_back(e.cached ? 1 : 0);
  }
  losses.push_back(evaluate(trainer, tests).loss());
  return {losses, trainer.tensors()};
}

template <class R>
void check_alike() {
  const test::TempFolder folder;
  const auto samples = make_samples(folder);
  const auto here = train<R>(samples, std::nullopt), there = train<R>(samples, at::Device(at::kCPU));
  CHECK(here.first == there.first);
  for (std::size_t i = 0; i < here.second.size(); ++i) CHECK(here.second[i].equal(there.second[i]));
}

/// A source that writes down where its batches are wanted.
class Asked final : public data::Batches {
 public:
  using Batches::start;
  void start(std::uint64_t, std::vector<std::size_t>) override {
    started_with.push_back(device);
    given = false;
  }
  std::optional<data::Batch> next() override {
    if (std::exchange(given, true)) return std::nullopt;
    return data::Batch{at::zeros({2, 3}), at::zeros({2}, at::kLong), {0, 1}};
  }
  std::size_t size() const override { return 2; }
  int label(std::size_t) const override { return 0; }
  std::vector<std::size_t> order(std::uint64_t) const override { return {0, 1}; }
  std::size_t batch_size() const override { return 2; }
  std::size_t samples() const override { return 2; }
  void set_device(at::Device wanted) override { device = wanted; }
  std::optional<at::Device> device;
  std::vector<std::optional<at::Device>> started_with;
  bool given = true;
};

/// Trains nothing, on a device without memory.
struct Elsewhere {
  Settings s{};
  const Settings& settings() const { return s; }
  at::Device device() const { return at::Device(at::kMeta); }
  double rate(long long) const { return 0; }
  BatchResult step(const at::Tensor&, const at::Tensor&, long long) { return {0, 0, 2}; }
  at::Tensor logits(const at::Tensor& x) const { return x; }
  BatchResult score(const at::Tensor&, const at::Tensor&) const { return {}; }
  MetricSums metrics() const { return {}; }
  std::vector<NamedFigure> trained_metrics() { return {}; }
  std::string monitor() const { return {}; }
  bool monitor_lower_is_better() const { return false; }
  Tensors none{};
  const Tensors& tensors() const { return none; }
  const Tensors& best_tensors() const { return none; }
  long long steps_in(long long batches) const { return batches; }
  long long steps_done() const { return 0; }
  std::size_t frozen_blocks(int) const { return 0; }
  at::Tensor features(const at::Tensor& x) const { return x; }
  at::Tensor logits_from(const at::Tensor& x) const { return x; }
  BatchResult step_features(const at::Tensor&, const at::Tensor&, long long) { return {}; }
  bool epoch_done(const EpochResult&) { return true; }
  void begin_epoch(long long) {}
  void pass_over(long long) {}
  void finish_window(long long) {}
  void drop_window() {}
};
/// It does not say whether it mixes: fit does not guess.
static_assert(!TrainerLike<Elsewhere>);
struct Said : Elsewhere {
  bool mixes() const { return false; }
};
static_assert(TrainerLike<Said> && TrainerLike<Trainer<Finetune<TinyNet>>>);

}  // namespace

TEST_CASE("training is the same to the bit", "[engine][device]") {
  check_alike<Finetune<TinyNet, ReplaceHead<3>, Strong>>();
  check_alike<Finetune<TinyNet, ReplaceHead<3>, Strong, TestViews<TenCrops>>>();
}

TEST_CASE("so are mixed pictures, kept features and accumulated gradients", "[engine][device]") {
  check_alike<Finetune<TinyNet, ReplaceHead<3>, Strong, MixupOrCutMix<>>>();
  check_alike<Finetune<TinyNet, ReplaceHead<3>, Strong, Views<2>, Freeze<Layers<0, 2>>, TestViews<Mirror>>>();
  check_alike<Finetune<TinyNet, ReplaceHead<3>, Strong, Accumulate<2>>>();
}

TEST_CASE("fit and evaluate tell loaders where the trainer computes", "[engine][device]") {
  Said trainer;
  trainer.s.epochs = 1;
  Asked train, test, tested;
  fit(trainer, train, &test);
  evaluate(trainer, tested);
  for (const Asked* one : {&train, &test, &tested}) {
    REQUIRE(one->started_with.size() == 1);
    CHECK(one->started_with.front() == at::Device(at::kMeta));
  }
}
