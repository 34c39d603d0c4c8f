// ResNet-18 trained whole, in both precisions; the first step of a process that reads its weights from a file.
#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"

namespace bench::ours {
namespace {

template <class P>
using Recipe = Finetune<ResNet18, ReplaceHead<classes>, Optimizer, Precision<P>>;

template <class P>
Run whole(const std::string&) {
  return train<Recipe<P>>(pictures());
}

Run first_step(const std::string& weights) {
  using R = Recipe<FP32>;
  const Batch batch = pictures(8, 1).next();
  auto trainer = std::make_shared<Trainer<R>>(defaults<R>());
  copy_weights<ResNet18>(trainer->tensors(), weights, true);
  return [batch, trainer](long) { last_loss = trainer->step(batch.input, batch.labels, steps_per_epoch).loss; };
}

}  // namespace

std::vector<Case> resnet_train() {
  return {{"train-fp32", 2, 2, whole<FP32>}, {"train-bf16", 2, 2, whole<BF16>}, {"first-step", 2, 0, first_step}};
}

}  // namespace bench::ours
