// ResNet-18 with its stem and the first two stages frozen, in both precisions.
#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"

namespace bench::ours {
namespace {

template <class P>
Run frozen(const std::string&) {
  return train<Finetune<ResNet18, ReplaceHead<classes>, Optimizer, Freeze<Layers<0, 3>>, Precision<P>>>(pictures());
}

}  // namespace

std::vector<Case> resnet_freeze() { return {{"freeze-fp32", 2, 2, frozen<FP32>}, {"freeze-bf16", 2, 2, frozen<BF16>}}; }

}  // namespace bench::ours
