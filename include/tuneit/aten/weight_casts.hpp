#pragma once
// Where do casts of weights to lower precision lie, and are they those of the weights as they are?
#include <ATen/core/Tensor.h>

namespace tuneit {

/// Casts of a part of the buffer in which the weights lie. An optimizer's kernel may write them with the weights.
struct WeightCasts {
  at::Tensor source, low;  ///< the part, and its cast; undefined where there are none
  bool fresh = false;      ///< they are those of the weights as they are
  bool written = false;    ///< the kernel of a group's step, which moved weights, has kept them so
};

}  // namespace tuneit
