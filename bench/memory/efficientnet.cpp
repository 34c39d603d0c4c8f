#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::efficientnet() {
  return {make<Finetune<EfficientNetLite0, ReplaceHead<2>>, 16>("EfficientNetLite0, SGD with momentum, batch 16"),
          make<Finetune<EfficientNetLite0, ReplaceHead<2>, Freeze<Layers<0, 4>>, AdamW<>>, 32>(
              "EfficientNetLite0, four blocks frozen, AdamW, batch 32")};
}
