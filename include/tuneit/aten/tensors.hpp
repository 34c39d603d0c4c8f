#pragma once
// The tensors of a network, or what belongs to each of them, in the order of its table.
#include <ATen/core/Tensor.h>

#include <vector>

namespace tuneit {

using Tensors = std::vector<at::Tensor>;

}  // namespace tuneit
