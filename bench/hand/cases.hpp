#pragma once
// The cases of bench-hand, one list for each translation unit.
#include <vector>

#include "bench/worker.hpp"

namespace bench::hand {

std::vector<Case> resnet(), mlp(), mlp_autograd();

}  // namespace bench::hand
