// Low-rank adaptation: the network stays as it is, and beside its convolutions products of low rank train. What is
// saved loads back, and tests run on merged weights.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// A quarter of a million numbers move instead of eleven million; those of B at sixteen times the rate (LoRA+). The stem
// and layer1 are before the first product: they run as in inference.
using Convs = Intersect<Modules<"conv1", "conv2">, Layers<2, 5>>;
using Recipe = Finetune<ResNet18, ReplaceHead<4>, Lora<Convs, Rank<8>, Alpha<16>, LoraDropout<0.1>>,
                        LrScale<Match<"*.lora_B.*">, 16>, AdamW<Lr<2e-4>>>;
static_assert(trainable_parameters<Recipe> < 300'000 && frozen_prefix<Recipe>() == 2);

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());  // load_weights(trainer, "resnet18.pth"): a file of the plain network
  const at::Tensor x = at::randn({8, 3, 64, 64}), labels = at::randint(0, 4, {8}, at::kLong);
  for (int step = 0; step <= 20; ++step) {
    const BatchResult r = trainer.step(x, labels, 20);
    if (step % 5 == 0) std::printf("step %2d   loss %.4f\n", step, r.loss);
  }
  std::int64_t moves = 0, all = 0;
  for (const TensorRow& row : table<Recipe::model>.rows) {
    all += row.is_buffer() ? 0 : row.numel();
    moves += row.base < 0 ? row.numel() : 0;  // base: the row of ResNet18, or -1
  }
  std::printf("%lld of %lld numbers were added\n", static_cast<long long>(moves), static_cast<long long>(all));
}
