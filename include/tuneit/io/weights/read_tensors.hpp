#pragma once
// Where do weights come from? From one file, or from the parts that an index lists. First bytes decide, never names.
#include <filesystem>
#include <string>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/weights/read_parts.hpp"
#include "tuneit/io/weights/read_single.hpp"

namespace tuneit::io {

/// Reads every tensor of a safetensors file, of a file of torch.save (either layout), or of all parts of a model, which
/// are given by their index (model.safetensors.index.json, pytorch_model.bin.index.json) and lie beside it. Throws
/// Error: ErrorKind::Weights with what is wrong and where, or what the file is instead; ErrorKind::Io where the system
/// refuses to open or read it. Never blocks, never runs anything in the file, and needs about as much memory as the
/// files have bytes.
[[nodiscard]] inline TensorFile read_tensors(const InputFile& input, const ReadOptions& options = {}) {
  const std::string head = detail::head_of(input);
  if (detail::looks_like_index(head, input.size())) return detail::read_parts(input, options);
  return detail::read_single(input, head, options);
}
[[nodiscard]] inline TensorFile read_tensors(const std::filesystem::path& path, const ReadOptions& options = {}) {
  return read_tensors(InputFile(path), options);
}

}  // namespace tuneit::io
