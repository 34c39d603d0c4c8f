#pragma once
// A residual block's addition with what has joined it.
#include "tuneit/net/operations/operation.hpp"

namespace tuneit::op {

/// activation(drop(norm(front(x))) + shortcut(x)). BatchNorm and Drop may be void. Tensors: front, norm, shortcut.
/// Front and Shortcut are lists of operations, so accounts run through it as through these.
template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation>
struct Sum : Joined {
  static constexpr std::size_t tensor_count = op_tensors<Front> + op_tensors<BatchNorm> + op_tensors<Shortcut>;
};

}  // namespace tuneit::op
