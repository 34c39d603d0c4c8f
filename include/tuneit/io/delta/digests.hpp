#pragma once
// Are these the very tensors? One hash for each, and one over all of them whatever their order.
#include <map>
#include <span>
#include <string>

#include "tuneit/io/download/hash.hpp"
#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::io {

/// SHA-256 of a tensor's type, shape and bytes, 64 hexadecimal digits; its name is not in it. Of "F32 [64, 3, 7, 7]", a
/// line feed, and the bytes.
[[nodiscard]] inline std::string digest_of(const NamedTensor& tensor) {
  Hash hash(HashKind::Sha256);
  const std::string head = std::string(name_of(tensor.dtype)) + " " + shape_text(tensor.shape) + "\n";
  hash.update(std::as_bytes(std::span(head)));
  hash.update(tensor.bytes);
  return hash.digits();
}

/// The digests of a set of tensors, by their names.
using Digests = std::map<std::string, std::string, std::less<>>;

/// SHA-256 over the names (in order of their bytes) and digests: a NUL byte behind each name, a line feed behind each
/// digest.
[[nodiscard]] inline std::string digest_of(const Digests& tensors) {
  Hash hash(HashKind::Sha256);
  for (const auto& [name, digest] : tensors) {
    const std::string line = name + '\0' + digest + '\n';
    hash.update(std::as_bytes(std::span(line)));
  }
  return hash.digits();
}

}  // namespace tuneit::io
