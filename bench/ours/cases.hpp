#pragma once
// The cases of bench-tuneit, one list for each translation unit.
#include <vector>

#include "bench/worker.hpp"

namespace bench::ours {

std::vector<Case> resnet_train(), resnet_freeze(), resnet_cached(), resnet_lora(), resnet_inference(), efficientnet(),
    mlp(), texts(), data_loading(), data_waiting();

}  // namespace bench::ours
