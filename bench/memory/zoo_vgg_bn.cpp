#include "cases.hpp"

using namespace tuneit;

std::vector<bench::memory::Case> bench::memory::zoo_vgg_bn() {
  std::vector<Case> cases;
  add_zoo<Vgg11Bn, 3>(cases, "zoo: Vgg11Bn", "zoo: Vgg11Bn, 3 blocks frozen");
  add_zoo<Vgg13Bn, 3>(cases, "zoo: Vgg13Bn", "zoo: Vgg13Bn, 3 blocks frozen");
  add_zoo<Vgg16Bn, 3>(cases, "zoo: Vgg16Bn", "zoo: Vgg16Bn, 3 blocks frozen");
  add_zoo<Vgg19Bn, 3>(cases, "zoo: Vgg19Bn", "zoo: Vgg19Bn, 3 blocks frozen");
  return cases;
}
