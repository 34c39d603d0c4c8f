#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::zoo_resnet_deep() {
  std::vector<Case> cases;
  add_zoo<ResNet101, 3>(cases, "zoo: ResNet101", "zoo: ResNet101, 3 blocks frozen");
  add_zoo<ResNet152, 3>(cases, "zoo: ResNet152", "zoo: ResNet152, 3 blocks frozen");
  return cases;
}
