// A trainer behind one interface does what the trainer of the recipe does, to the bit.
#include "tuneit/engine/any_trainer.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;

namespace {

using R = Finetune<TinyNet, ReplaceHead<3>, Freeze<Layers<0, 1>>, Ema<0.9>, Accumulate<2>, Epochs<3>>;

template <class T>
std::vector<BatchResult> three_steps(T& trainer, int from = 0) {
  std::vector<BatchResult> results;
  trainer.begin_epoch(2);
  for (int i = from; i < from + 3; ++i) {
    const at::Tensor x = at::randn({4, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(i)));
    results.push_back(trainer.step(x, at::arange(4).remainder(3), 2));
  }
  trainer.finish_window(2);
  return results;
}

}  // namespace

TEST_CASE("any trainer trains as the recipe's own") {
  Trainer<R> own(defaults<R>());
  const std::unique_ptr<AnyTrainer> any = any_trainer<R>(defaults<R>());
  const auto ours = three_steps(own), theirs = three_steps(*any);
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i].loss == theirs[i].loss);
  CHECK(any->steps_done() == 2);
  CHECK(any->frozen_blocks(0) == 1);
  REQUIRE(own.best_tensors().size() == any->best_tensors().size());
  bool averaged = false;
  for (std::size_t i = 0; i < own.tensors().size(); ++i) {
    CHECK(own.tensors()[i].equal(any->tensors()[i]));
    CHECK(own.best_tensors()[i].equal(any->best_tensors()[i]));
    averaged = averaged || !any->best_tensors()[i].equal(any->tensors()[i]);
  }
  CHECK(averaged);
  const at::Tensor x = at::randn({2, 3, 16, 16}, make_generator(9));
  CHECK(own.logits(x).equal(any->logits(x)));
  CHECK(any->logits_from(any->features(x)).equal(any->logits(x)));
}

TEST_CASE("any trainer goes on exactly from what it, or the recipe's own, remembered") {
  Trainer<R> own(defaults<R>());
  three_steps(own);
  Archive archive;
  save(own, archive);
  Settings other = defaults<R>();
  other.seed = 7;
  const std::unique_ptr<AnyTrainer> any = any_trainer<R>(other);
  load(*any, archive);
  const auto ours = three_steps(own, 3), theirs = three_steps(*any, 3);
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i].loss == theirs[i].loss);
  for (std::size_t i = 0; i < own.tensors().size(); ++i) CHECK(own.tensors()[i].equal(any->tensors()[i]));
}
