// What a recipe says of its data, and what a source gives: said before the first step where they differ.
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/data/batches/tensor_batches.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

data::TensorBatches source(std::size_t batch, std::int64_t side) {
  return data::TensorBatches(at::randn({6, 3, side, side}, make_generator(1)), at::ones({6}, at::kLong), batch);
}
template <class... Ps>
using Of = Finetune<Small, ReplaceHead<2>, Sgd<Lr<0.1>>, Epochs<1>, Ps...>;

/// Trains on batches of three pictures of 24 x 24; how many steps were taken.
template <class R>
long long train(Settings s = defaults<R>()) {
  s.device = DeviceKind::Cpu;
  Trainer<R> trainer(s);
  auto data = source(3, 24);
  auto test = source(2, 24);
  try {
    fit(trainer, data, &test);
  } catch (...) {
    CHECK(trainer.steps_done() == 0);  // before the first step
    throw;
  }
  return trainer.steps_done();
}

}  // namespace

TEST_CASE("batches of another size than the recipe says are refused, and those of a recipe that says none are not") {
  CHECK(train<Of<>>() == 2);
  CHECK(train<Of<BatchSize<3>>>() == 2);
  CHECK_REFUSED(train<Of<BatchSize<4>>>(), ErrorKind::Usage,
                "the recipe has batches of 4 samples (BatchSize), and the training data comes in batches of 3");
  Settings s = defaults<Of<BatchSize<4>>>();
  s.batch_size = 3;
  CHECK(train<Of<BatchSize<4>>>(s) == 2);
}

TEST_CASE("so are pictures of another side") {
  CHECK(train<Of<Side<24>>>() == 2);
  CHECK_REFUSED(train<Of<Side<16>>>(), ErrorKind::Usage,
                "the recipe has pictures of 16 x 16 pixels (Side), and those of the data are 24 x 24");
  Settings s = defaults<Of<Side<16>>>();
  s.side = 24;
  CHECK(train<Of<Side<16>>>(s) == 2);
  // features of frozen blocks are of the same pictures
  CHECK_REFUSED((train<Of<Side<16>, Freeze<Backbone>>>()), ErrorKind::Usage, "(Side)");
}

TEST_CASE("where phases differ in it, they are asked for each of their epochs as before") {
  using R = Of<>;
  static_assert(!Trainer<R>::says_batch_size && !Trainer<R>::says_side);
  using P = Finetune<Small, BatchSize<4>, Side<24>, Phases<Phase<Epochs<1>, BatchSize<2>>, Phase<Epochs<1>, Lr<1>>>>;
  static_assert(!Trainer<P>::says_batch_size && Trainer<P>::says_side);
}
