// EfficientNet-Lite0 trained whole, in both precisions.
#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"

namespace bench::ours {
namespace {

template <class P>
Run whole(const std::string&) {
  return train<Finetune<EfficientNetLite0, ReplaceHead<classes>, Optimizer, Precision<P>>>(pictures());
}

}  // namespace

std::vector<Case> efficientnet() {
  return {{"efficientnet-train/fp32", 2, 2, whole<FP32>}, {"efficientnet-train/bf16", 2, 2, whole<BF16>}};
}

}  // namespace bench::ours
