// bench-tuneit: the contender of every case that is ours. See bench/worker.hpp for the command line.
#include "bench/ours/cases.hpp"

int main(int argc, char** argv) {
  using namespace bench;
  std::vector<Case> cases;
  for (const auto& some : {ours::resnet_train(), ours::resnet_freeze(), ours::resnet_cached(), ours::resnet_lora(),
                           ours::resnet_inference(), ours::efficientnet(), ours::mlp(), ours::texts(),
                           ours::data_loading(), ours::data_waiting()})
    cases.insert(cases.end(), some.begin(), some.end());
  return main_of(argc, argv, cases);
}
