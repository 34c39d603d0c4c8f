#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::zoo_vgg() {
  std::vector<Case> cases;
  add_zoo<Vgg11, 3>(cases, "zoo: Vgg11", "zoo: Vgg11, 3 blocks frozen");
  add_zoo<Vgg13, 3>(cases, "zoo: Vgg13", "zoo: Vgg13, 3 blocks frozen");
  add_zoo<Vgg16, 3>(cases, "zoo: Vgg16", "zoo: Vgg16, 3 blocks frozen");
  add_zoo<Vgg19, 3>(cases, "zoo: Vgg19", "zoo: Vgg19, 3 blocks frozen");
  return cases;
}
