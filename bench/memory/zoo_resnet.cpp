#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::zoo_resnet() {
  std::vector<Case> cases;
  add_zoo<ResNet18, 3>(cases, "zoo: ResNet18", "zoo: ResNet18, 3 blocks frozen");
  add_zoo<ResNet34, 3>(cases, "zoo: ResNet34", "zoo: ResNet34, 3 blocks frozen");
  add_zoo<ResNet50, 3>(cases, "zoo: ResNet50", "zoo: ResNet50, 3 blocks frozen");
  return cases;
}
