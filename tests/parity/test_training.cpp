// needs: training
// Ten steps here and in PyTorch, from the same weights and batches: every tensor ends at the same place.
#include <iostream>

#include "parity.hpp"
#include "tuneit/engine/files.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

template <class R>
void ten_steps(const std::string& name) {
  using Model = typename R::model;
  const auto directory = made("training");
  const io::TensorFile start = io::read_tensors(directory / "start.safetensors");
  const io::TensorFile batches = io::read_tensors(directory / "batches.safetensors");
  const io::TensorFile expected = io::read_tensors(directory / (name + ".safetensors"));
  Trainer<R> trainer(defaults<R>());
  CHECK(load_weights<Model>(trainer.tensors(), directory / "start.safetensors", true).empty());

  const at::Tensor losses = tensor(expected, "losses");
  for (int i = 0; i < 10; ++i) {
    const at::Tensor x = tensor(batches, "x" + std::to_string(i)).contiguous(at::MemoryFormat::ChannelsLast);
    const BatchResult result = trainer.step(x, tensor(batches, "y" + std::to_string(i)), 10);
    CHECK(result.loss == Approx(losses[i].item<double>()).epsilon(1e-4));
  }
  double worst = 0;
  int frozen = 0;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string key(table<Model>.name(i));
    INFO(name << ": " << key);
    const at::Tensor& ours = trainer.tensors()[i];
    if (plan<R>.rows[i].frozen) {
      ++frozen;
      CHECK(ours.equal(tensor(start, key)));  // bit for bit, the counter of batches included
    } else if (table<Model>.rows[i].kind == Kind::BatchCount) {
      CHECK(ours.item<std::int64_t>() == 10);
    } else {
      const double far = relative(ours, tensor(expected, key));
      worst = std::max(worst, far);
      CHECK(far <= 1e-4);
      CHECK_FALSE(ours.equal(tensor(start, key)));  // it did train
    }
  }
  std::cout << name << ": largest relative difference after ten steps " << worst << ", " << frozen
            << " tensors frozen\n";
  CHECK((frozen > 0) == (frozen_prefix<R>() > 0));
}

}  // namespace

TEST_CASE("ten SGD steps with frozen blocks, the head at ten times the rate") {
  ten_steps<Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>,
                     Sgd<Lr<2e-3>, Momentum<0.9>, WeightDecay<1e-3>>>>("sgd");
}

TEST_CASE("ten AdamW steps with frozen blocks, the head at ten times the rate") {
  ten_steps<
      Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>, AdamW<Lr<1e-5>, WeightDecay<1e-2>>>>(
      "adamw");
}

TEST_CASE("ten Nesterov steps of everything, with label smoothing") {
  ten_steps<Finetune<ResNet18, ReplaceHead<2>, LrScale<Head, 10>, CrossEntropy<LabelSmoothing<0.1>>,
                     Sgd<Lr<1e-3>, Momentum<0.9>, WeightDecay<1e-3>, Nesterov>>>("all");
}
