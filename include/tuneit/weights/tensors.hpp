#pragma once
// How do the tensors of a file become LibTorch's and back? Per-operator headers only: 4 s to compile, not 16.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::weights {

/// LibTorch's element type for the file's: a bijection between io::DType and what scalar_type() can return of it.
[[nodiscard]] constexpr at::ScalarType scalar_type(io::DType dtype) {
  constexpr at::ScalarType types[] = {at::kBool, at::kByte,     at::kChar,  at::kShort,  at::kUInt16,
                                      at::kHalf, at::kBFloat16, at::kInt,   at::kUInt32, at::kFloat,
                                      at::kLong, at::kUInt64,   at::kDouble};
  return types[static_cast<std::size_t>(dtype)];
}

/// The inverse. Throws Error(ErrorKind::Weights) for complex, quantised and 8-bit floating types.
[[nodiscard]] inline io::DType dtype_of(at::ScalarType type) {
  for (int i = 0; i <= static_cast<int>(io::DType::F64); ++i)
    if (scalar_type(static_cast<io::DType>(i)) == type) return static_cast<io::DType>(i);
  throw Error(ErrorKind::Weights,
              std::string("tensors of type ") + c10::toString(type) + " cannot be written to a file of weights",
              "Convert them to a plain type first.");
}

/// A new CPU tensor with the same type, shape and bytes. It owns its memory.
[[nodiscard]] inline at::Tensor to_tensor(const io::NamedTensor& source) {
  at::Tensor tensor = aten::empty(source.shape, at::TensorOptions(scalar_type(source.dtype)));
  if (!source.bytes.empty()) std::memcpy(tensor.data_ptr(), source.bytes.data(), source.bytes.size());
  return tensor;
}

/// The tensor's elements in logical (C) order, whatever its strides, memory format and device are. Synchronises with a
/// GPU. Throws Error(ErrorKind::Weights) for a type that files do not know.
[[nodiscard]] inline io::NamedTensor from_tensor(std::string name, const at::Tensor& tensor) {
  const at::NoGradGuard no_grad;
  // The format is named because contiguous() without it would do, but to() alone keeps a channels-last order.
  const at::Tensor plain =
      tensor.detach().to(at::kCPU).contiguous(at::MemoryFormat::Contiguous).resolve_conj().resolve_neg();
  io::NamedTensor result{std::move(name), dtype_of(plain.scalar_type()), plain.sizes().vec(), {}};
  result.bytes.resize(static_cast<std::size_t>(plain.numel()) * io::size_of(result.dtype));
  if (!result.bytes.empty()) std::memcpy(result.bytes.data(), plain.data_ptr(), result.bytes.size());
  return result;
}

/// Overwrites the elements of `destination` (any strides, any device) without recording a gradient. Its shape must be
/// the source's, and its type too unless `allow_cast` and both are floating (or single goes to double). Throws
/// Error(ErrorKind::Weights) otherwise, before anything is written.
inline void copy_into(at::Tensor& destination, const io::NamedTensor& source, bool allow_cast = false) {
  if (destination.sizes() != at::IntArrayRef(source.shape))
    throw Error(ErrorKind::Weights, "tensor " + io::quote(source.name) + " has the shape " +
                                        io::shape_text(source.shape) + " in the file and " +
                                        io::shape_text({destination.sizes().data(), destination.sizes().size()}) +
                                        " in the model");
  const at::ScalarType from = scalar_type(source.dtype), to = destination.scalar_type();
  const bool widens = from == at::kFloat && to == at::kDouble;
  if (from != to && !widens && !(allow_cast && at::isFloatingType(from) && at::isFloatingType(to)))
    throw Error(ErrorKind::Weights,
                "tensor " + io::quote(source.name) + " has the type " + std::string(io::name_of(source.dtype)) +
                    " in the file and " + c10::toString(to) + " in the model",
                "Floating-point types are converted if you allow it: --allow-cast (weights option allow_cast).");
  if (source.bytes.empty()) return;
  const at::NoGradGuard no_grad;
  // from_blob wants a pointer to mutable memory; nothing writes through it.
  destination.copy_(at::from_blob(const_cast<std::byte*>(source.bytes.data()), source.shape, at::TensorOptions(from)));
}

}  // namespace tuneit::weights
