#pragma once
// LibTorch's operators that put tensors together and take them apart; see make.hpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/concat_ops.h>

#include <cstdint>
#include <vector>

#include "tuneit/aten/make.hpp"

namespace tuneit::aten {

/// Channels-last where x is.
inline at::Tensor cat(const at::Tensor& x, const at::Tensor& w, std::int64_t dim) {
  const at::Tensor both[] = {x, w};
  return at::_ops::concat::call(both, dim);
}
inline at::Tensor cat(const std::vector<at::Tensor>& all, std::int64_t dim) { return at::_ops::concat::call(all, dim); }
inline at::Tensor full(at::IntArrayRef sizes, double value, at::TensorOptions options) {
  return empty(sizes, options).fill_(value);
}
/// A copy of a part of a tensor, dense, in the part's own memory format.
inline at::Tensor dense_copy(const at::Tensor& part) {
  return part.clone(part.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

}  // namespace tuneit::aten
