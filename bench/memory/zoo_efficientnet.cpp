#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::zoo_efficientnet() {
  std::vector<Case> cases;
  add_zoo<EfficientNetLite2, 4>(cases, "zoo: EfficientNetLite2", "zoo: EfficientNetLite2, 4 blocks frozen");
  add_zoo<EfficientNetLite3, 4>(cases, "zoo: EfficientNetLite3", "zoo: EfficientNetLite3, 4 blocks frozen");
  add_zoo<EfficientNetLite4, 4>(cases, "zoo: EfficientNetLite4", "zoo: EfficientNetLite4, 4 blocks frozen");
  return cases;
}
