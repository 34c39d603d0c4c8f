#pragma once
// LibTorch's operators that make tensors. Why not ATen/ops/NAME.h? Each of those includes ATen/Context.h and all of
// IValue behind it: 4.5 s in every translation unit (g++ 12). What it defines are the calls that stand here, of
// exported functions that ATen/ops/NAME_ops.h declares. Includes of tuneit therefore are NAME_ops.h only.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like_ops.h>
#include <ATen/ops/empty_ops.h>
#include <ATen/ops/full_ops.h>
#include <ATen/ops/rand_ops.h>
#include <ATen/ops/zeros_like_ops.h>
#include <ATen/ops/zeros_ops.h>

#include <optional>

namespace tuneit::aten {

inline at::Tensor empty(at::IntArrayRef sizes, const at::TensorOptions& o = {},
                        std::optional<at::MemoryFormat> format = std::nullopt) {
  return at::_ops::empty_memory_format::call(
      c10::fromIntArrayRefSlow(sizes), c10::optTypeMetaToScalarType(o.dtype_opt()), o.layout_opt(), o.device_opt(),
      o.pinned_memory_opt(), c10::impl::check_tensor_options_and_extract_memory_format(o, format));
}
inline at::Tensor empty_like(const at::Tensor& x) {
  return at::_ops::empty_like::call(x, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt);
}
inline at::Tensor zeros(at::IntArrayRef sizes, const at::TensorOptions& o = {}) {
  return at::_ops::zeros::call(c10::fromIntArrayRefSlow(sizes), c10::optTypeMetaToScalarType(o.dtype_opt()),
                               o.layout_opt(), o.device_opt(), o.pinned_memory_opt());
}
inline at::Tensor zeros_like(const at::Tensor& x) {
  return at::_ops::zeros_like::call(x, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt);
}
inline at::Tensor full(at::IntArrayRef sizes, const at::Scalar& value, const at::TensorOptions& o = {}) {
  return at::_ops::full::call(c10::fromIntArrayRefSlow(sizes), value, c10::optTypeMetaToScalarType(o.dtype_opt()),
                              o.layout_opt(), o.device_opt(), o.pinned_memory_opt());
}
inline at::Tensor rand(at::IntArrayRef sizes, const at::Generator& generator, const at::TensorOptions& o = {}) {
  return at::_ops::rand_generator::call(c10::fromIntArrayRefSlow(sizes), generator,
                                        c10::optTypeMetaToScalarType(o.dtype_opt()), o.layout_opt(), o.device_opt(),
                                        o.pinned_memory_opt());
}

}  // namespace tuneit::aten
