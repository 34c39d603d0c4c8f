#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::resnet18() {
  using Head = ReplaceHead<2>;
  return {make<Finetune<ResNet18, Head>, 32>("ResNet18, SGD with momentum, batch 32"),
          make<Finetune<ResNet18, Head, Sgd<Lr<1e-3>>>, 16, 160>("ResNet18, plain SGD, batch 16 of 160 x 160"),
          make<Finetune<ResNet18, Head, Freeze<Layers<0, 3>>, AdamW<>>, 32>(
              "ResNet18, three blocks frozen, AdamW, batch 32"),
          make<Finetune<ResNet18, Head, Freeze<Backbone>>, 32>("ResNet18, backbone frozen, batch 32"),
          make<Finetune<ResNet18, Head, Freeze<Norms>, Adam<>>, 16>("ResNet18, norms frozen, Adam, batch 16"),
          make<Finetune<ResNet18, Head, Precision<BF16>>, 32>("ResNet18, bfloat16, batch 32")};
}
