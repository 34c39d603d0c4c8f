#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::zoo_mobile() {
  std::vector<Case> cases;
  add_zoo<MobileNetV2, 4>(cases, "zoo: MobileNetV2", "zoo: MobileNetV2, 4 blocks frozen");
  add_zoo<EfficientNetLite0, 4>(cases, "zoo: EfficientNetLite0", "zoo: EfficientNetLite0, 4 blocks frozen");
  add_zoo<EfficientNetLite1, 4>(cases, "zoo: EfficientNetLite1", "zoo: EfficientNetLite1, 4 blocks frozen");
  return cases;
}
