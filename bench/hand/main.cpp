// bench-hand: loops written by hand on LibTorch. See bench/worker.hpp for the command line.
#include "bench/hand/cases.hpp"

int main(int argc, char** argv) {
  using namespace bench;
  std::vector<Case> cases;
  for (const auto& some : {hand::resnet(), hand::mlp(), hand::mlp_autograd()})
    cases.insert(cases.end(), some.begin(), some.end());
  return main_of(argc, argv, cases);
}
