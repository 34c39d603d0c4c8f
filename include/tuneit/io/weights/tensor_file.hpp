#pragma once
// What is a file of tensors, whatever its format: names, element types, shapes and bytes.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

static_assert(std::endian::native == std::endian::little, "tuneit reads tensors on little-endian machines only");

/// The element types that a network's tensor can have.
enum class DType : std::uint8_t { Bool, U8, I8, I16, U16, F16, BF16, I32, U32, F32, I64, U64, F64 };

/// Bytes of one element.
[[nodiscard]] constexpr std::size_t size_of(DType dtype) {
  constexpr std::size_t sizes[] = {1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8};
  return sizes[static_cast<std::size_t>(dtype)];
}

/// The name that safetensors uses, such as "F32".
[[nodiscard]] constexpr std::string_view name_of(DType dtype) {
  constexpr std::string_view names[] = {"BOOL", "U8",  "I8",  "I16", "U16", "F16", "BF16",
                                        "I32",  "U32", "F32", "I64", "U64", "F64"};
  return names[static_cast<std::size_t>(dtype)];
}

/// The inverse of name_of; nothing where tuneit has no such type.
[[nodiscard]] constexpr std::optional<DType> dtype_named(std::string_view name) {
  for (auto i = static_cast<int>(DType::Bool); i <= static_cast<int>(DType::F64); ++i)
    if (name_of(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  return std::nullopt;
}

/// One tensor: contiguous, in C order, little-endian. `bytes` holds exactly product(shape) * size_of(dtype) bytes.
struct NamedTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
};

/// A tensor of which the bytes are not read yet.
struct TensorHead {
  std::string_view name;
  DType dtype = DType::F32;
  std::span<const std::int64_t> shape;
};

/// All tensors of one file, or of all parts of a model, in the order of the file, and where they came from.
struct TensorFile {
  std::string path;
  std::string format;  ///< "safetensors", "pth (zip)" or "pth (legacy)"; by an index: "safetensors, 3 parts"
  std::vector<NamedTensor> tensors;
  std::map<std::string, std::string> metadata;
  std::string key = {};  ///< of the mapping that was read, where a checkpoint holds it under one
  std::map<std::string, std::string> objects =
      {};  ///< names in it that stand for no tensor but for an object: its class

  /// The tensor of that name, or nullptr. Linear: build an index for many look-ups.
  [[nodiscard]] const NamedTensor* find(std::string_view name) const {
    for (const NamedTensor& tensor : tensors)
      if (tensor.name == name) return &tensor;
    return nullptr;
  }
};

/// "[64, 3, 7, 7]", for messages.
[[nodiscard]] inline std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t dim : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(dim);
  return text + "]";
}

namespace detail {

inline constexpr std::size_t max_rank = 16;
inline constexpr std::size_t max_name_bytes = 1024;
inline constexpr std::size_t max_tensors = 1'000'000;

/// Bytes of a dense tensor, or nothing when a dimension is negative or the product does not fit into 63 bits. A zero
/// dimension does not excuse the others: LibTorch multiplies strides that skip it.
[[nodiscard]] inline std::optional<std::uint64_t> dense_bytes(std::span<const std::int64_t> shape, std::size_t item) {
  auto product = static_cast<std::int64_t>(item);
  bool empty = false;
  for (const std::int64_t dim : shape) {
    if (dim < 0 || __builtin_mul_overflow(product, dim == 0 ? 1 : dim, &product)) return std::nullopt;
    empty = empty || dim == 0;
  }
  return empty ? 0 : static_cast<std::uint64_t>(product);
}

/// Why this name cannot be a tensor's, or nullptr when it can.
[[nodiscard]] inline const char* refusal_of_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > max_name_bytes) return "is longer than 1024 bytes";
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "contains a control character";
  return is_utf8(name) ? nullptr : "is not valid UTF-8";
}

/// A byte of a boolean tensor other than 0 or 1 is undefined behaviour once a C++ bool reads it.
[[nodiscard]] inline bool booleans_are_valid(const NamedTensor& tensor) {
  if (tensor.dtype != DType::Bool) return true;
  std::byte any{0};
  for (const std::byte b : tensor.bytes) any |= b;
  return any <= std::byte{1};
}

[[noreturn]] inline void refuse(const std::string& what_and_where, const std::string& how_to_mend = {}) {
  throw Error(ErrorKind::Weights, what_and_where, how_to_mend);
}

}  // namespace detail
}  // namespace tuneit::io
