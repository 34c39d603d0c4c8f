// Data on its way to the device: batches, kept features, pictures that are finished there; and a whole `fit`. From the
// second step on nothing waits and nothing is copied from pageable memory, an epoch allocates nothing that the one
// before did not, and the weights are the CPU's.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "tuneit/data/augment/recipe_augment.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/data/batches/tensor_batches.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/io/image/write_png.hpp"
#include "tuneit/models/tiny.hpp"
#include "tuneit/recipe.hpp"
#include "unit/data/picture_files.hpp"
#include "unit/engine/own_batches.hpp"

using namespace tuneit;
using Catch::Contains;

namespace {

struct Net final
    : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<6>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 4>>>> {};
using Plain = Finetune<Net, Precision<FP64>, Sgd<Momentum<0.9>>, Epochs<4>, EarlyStop<Patience<3>>, Ema<0.9>>;
using Frozen = Finetune<Net, Precision<FP64>, Freeze<Layers<0, 1>>, Epochs<4>>;

template <class R>
Trainer<R> trainer(DeviceChoice device, int side = 8) {
  Settings s = defaults<R>();
  s.device = device;
  s.classes = 4;
  s.side = side;
  return Trainer<R>(s);
}
void check_alike(const Tensors& there, const Tensors& here, double within = 1e-12) {
  REQUIRE(there.size() == here.size());
  for (std::size_t i = 0; i < here.size(); ++i) CHECK(there[i].to(at::kCPU).allclose(here[i], within, within));
}

/// What each step of a `fit` cost, from the end of the one before.
struct Watch {
  struct Cost {
    std::int64_t waits, fresh, fresh_pinned;
    std::string why;
  };
  std::vector<Cost> steps{};
  void on_step(const StepReport&) {
    const fake_cuda::Counts& c = fake_cuda::counts();
    steps.push_back({c.waits + c.pageable, c.fresh, c.fresh_pinned, c.waited()});
    fake_cuda::reset();
  }
};

template <class R, class Source, class Test>
Watch fit_both(Trainer<R>& gpu, Source& there, Source& here, Test* there_test, Test* here_test) {
  auto cpu = trainer<R>(DeviceKind::Cpu, gpu.settings().side);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  Watch watch;
  fake_cuda::reset();
  BestWeights best, cpu_best;
  const auto told = fit(gpu, there, there_test, watch, best);
  const auto said = fit(cpu, here, here_test, cpu_best);
  check_alike(gpu.tensors(), cpu.tensors());
  REQUIRE(told.size() == said.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    CHECK(told[i].train.loss() == Approx(said[i].train.loss()).epsilon(1e-12));
    if (there_test != nullptr) CHECK(told[i].validation.loss() == Approx(said[i].validation.loss()).epsilon(1e-12));
    CHECK(told[i].cached == said[i].cached);
  }
  return watch;
}
/// No step but the first of an epoch costs a wait; no epoch from the `settled`-th on (from 0) new memory.
void check_steps(const Watch& watch, std::size_t per_epoch, std::size_t settled) {
  REQUIRE(watch.steps.size() % per_epoch == 0);
  for (std::size_t i = 0; i < watch.steps.size(); ++i) {
    INFO("step " << i % per_epoch << " of epoch " << i / per_epoch << " waits for " << watch.steps[i].why);
    if (i % per_epoch > 0) CHECK(watch.steps[i].waits == 0);
    if (i / per_epoch >= settled) CHECK(watch.steps[i].fresh == 0);
    if (i / per_epoch >= settled) CHECK(watch.steps[i].fresh_pinned == 0);
  }
}

}  // namespace

TEST_CASE("fit from a source of one's own waits for nothing") {
  auto gpu = trainer<Plain>(DeviceKind::Cuda);
  test::Own there(28, 8, 8), here(28, 8, 8), there_test(12, 8, 8), here_test(12, 8, 8);  // the last batch is shorter
  const Watch watch = fit_both(gpu, there, here, &there_test, &here_test);
  check_steps(watch, 4, 2);
}

TEST_CASE("fit from features that are kept on the device") {
  auto gpu = trainer<Frozen>(DeviceKind::Cuda);
  test::Own there(28, 8, 8), here(28, 8, 8);
  const Watch watch = fit_both<Frozen, test::Own, test::Own>(gpu, there, here, nullptr, nullptr);
  check_steps(watch, 4, 2);
}

TEST_CASE("fit from features that the device has no room for") {
  auto gpu = trainer<Frozen>(DeviceKind::Cuda);
  test::Own there(28, 8, 8), here(28, 8, 8);
  const fake_cuda::Spare little(28 * 6 * 64 * 8);  // half of it is not enough
  const Watch watch = fit_both<Frozen, test::Own, test::Own>(gpu, there, here, nullptr, nullptr);
  check_steps(watch, 4, 2);
}

TEST_CASE("where kept features go is asked of the device") {
  const at::Tensor features = at::randn({4, 100}).to(at::Device(at::kCUDA, 0));  // 400 bytes a row
  std::string why;
  const std::vector<std::size_t> at{3, 0, 2, 1};
  const auto kept_well = [&](FeatureRows& rows) {
    REQUIRE(rows.keep(at, 4, features));
    const std::vector<std::size_t> ask{1, 3};
    CHECK(rows.gather(ask, 4).to(at::kCPU).equal(
        features.to(at::kCPU).index_select(0, at::arange(2).mul(-3).add(3))));  // rows 3 and 0
  };
  {
    FeatureRows rows;
    CHECK(rows.open(8, features, 1 << 20, why));
    CHECK(rows.on_device());
    CHECK(why == "3.2 kB on the device");
    kept_well(rows);
  }
  {
    FeatureRows rows;
    CHECK(rows.open(8, features, 1 << 20, why, 3199));
    CHECK_FALSE(rows.on_device());
    CHECK_THAT(why, Contains("in memory"));
    kept_well(rows);
  }
  const fake_cuda::Spare little(6399);
  FeatureRows rows;
  CHECK(rows.open(8, features, 1 << 20, why));
  CHECK_FALSE(rows.on_device());
}

TEST_CASE("pictures that are finished on the device") {
  using R = Finetune<TinyNet, ReplaceHead<4>, Precision<FP64>, Epochs<3>, BatchSize<4>,
                     Augment<RandomResizedCrop<0.5>, HorizontalFlip<>, RandomErasing<0.5, 0.05, 0.3, 0.3, 3.3, Noise>,
                             RandomErasing<0.3>>>;
  const test::TempFolder folder;
  std::vector<data::Sample> samples;
  for (int i = 0; i < 14; ++i) {
    const std::string path = (folder.path() / (std::to_string(i) + ".png")).string();
    io::write_png(path, test::gradient(30 + i, 40 - i, 17 * i));
    samples.push_back({path, i % 3});
  }
  auto gpu = trainer<R>(DeviceKind::Cuda, 32);
  const Settings& s = gpu.settings();
  const data::LoaderOptions options{.batch_size = 4, .workers = 1, .shuffle = true, .seed = 2};
  data::Loader there(samples, data::train_augment<R>(s), options), here(samples, data::train_augment<R>(s), options);
  data::Loader there_test(samples, data::test_augment<R>(s), {.batch_size = 4}),
      here_test(samples, data::test_augment<R>(s), {.batch_size = 4});
  const Watch watch = fit_both(gpu, there, here, &there_test, &here_test);
  check_steps(watch, 4, 9);  // what is drawn differs from epoch to epoch, and so does the memory that it takes
}

TEST_CASE("a training on the second device leaves the first alone") {
  const fake_cuda::Devices two(2);
  static_cast<void>(fake_cuda::contexts());
  {
    auto gpu = trainer<Plain>({DeviceKind::Cuda, 1});
    CHECK(gpu.device().index() == 1);
    test::Own there(12, 8, 8), there_test(12, 8, 8);
    fit(gpu, there, &there_test);
    for (const at::Tensor& t : gpu.tensors())
      if (t.is_floating_point()) CHECK(t.device().index() == 1);
  }
  CHECK(fake_cuda::contexts() == std::set<int>{1});
}

TEST_CASE("a test by itself waits for nothing") {
  auto gpu = trainer<Plain>(DeviceKind::Cuda);
  test::Own data(32, 8, 8);
  evaluate(gpu, data);
  fake_cuda::reset();
  std::size_t batches = 0;
  evaluate(gpu, data, [&](const data::Batch&, const at::Tensor&) {
    INFO(fake_cuda::counts().waited());
    if (++batches > 1) CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
    fake_cuda::reset();
  });
  CHECK(batches == 4);
}
