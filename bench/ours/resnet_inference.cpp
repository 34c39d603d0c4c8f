// Logits of ResNet-18, in both precisions.
#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"

namespace bench::ours {
namespace {

template <class P>
Run inference(const std::string&) {
  return infer_only<Finetune<ResNet18, ReplaceHead<classes>, Precision<P>>>(pictures());
}

}  // namespace

std::vector<Case> resnet_inference() {
  return {{"inference-fp32", 2, 3, inference<FP32>}, {"inference-bf16", 2, 3, inference<BF16>}};
}

}  // namespace bench::ours
