#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::deep() {
  return {
      make<Finetune<ResNet50, ReplaceHead<2>>, 16>("ResNet50, SGD with momentum, batch 16"),
      make<Finetune<ResNet50, ReplaceHead<2>, Freeze<Layers<0, 4>>, AdamW<>>, 16>(
          "ResNet50, four blocks frozen, AdamW, batch 16"),
      make<Finetune<ResNet34, ReplaceHead<2>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Freeze<Layers<0, 2>>>>>, 16>(
          "ResNet34, two phases, batch 16")};
}
