#pragma once
// Number types of LibTorch, as our CUDA kernels name them.
#include <c10/core/ScalarType.h>

#include <optional>

#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::aten::cuda {

/// The kernels' number type of a tensor of floating point; none where they have none.
inline std::optional<kernels::cuda::Numbers> numbers_of(c10::ScalarType type) {
  switch (type) {
    case c10::kFloat:
      return kernels::cuda::Numbers::Float;
    case c10::kDouble:
      return kernels::cuda::Numbers::Double;
    case c10::kBFloat16:
      return kernels::cuda::Numbers::Bf16;
    case c10::kHalf:
      return kernels::cuda::Numbers::Half;
    default:
      return std::nullopt;
  }
}

}  // namespace tuneit::aten::cuda
