#pragma once
// What kind of file is this? Its first bytes decide, never its extension, and what cannot be read is called by its
// name.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/pth.hpp"
#include "tuneit/io/safetensors.hpp"

namespace tuneit::io {
namespace detail {

struct ForeignFile {
  std::string_view what, mend;
};

/// What a file that holds no weights for tuneit is, judged by its first 512 bytes.
[[nodiscard]] inline ForeignFile identify_foreign(std::string_view head) {
  constexpr std::string_view unpack = "Unpack it first.";
  constexpr std::string_view convert = "Convert it to safetensors in Python.";
  constexpr std::string_view again =
      "The download failed, or needs a login; look at the file with a browser and download it again.";
  struct Magic {
    std::string_view bytes;
    ForeignFile file;
    std::size_t offset = 0;
  };
  static constexpr Magic magics[] = {
      {"version https://git-lfs", {"a git-LFS pointer, not the file that it points to", "Run: git lfs pull"}},
      {"\x1f\x8b", {"a gzip archive", unpack}},
      {"BZh", {"a bzip2 archive", unpack}},
      {"\xfd"
       "7zXZ",
       {"an xz archive", unpack}},
      {"\x28\xb5\x2f\xfd", {"a zstd archive", unpack}},
      {"7z\xbc\xaf", {"a 7z archive", unpack}},
      {"ustar",
       {"a tar archive, or a file of torch before 0.1.10", "Unpack it, or load and save it again with a recent torch."},
       257},
      {"GGUF", {"a GGUF file (llama.cpp), whose tensors are mostly quantised", "Use the original safetensors file."}},
      {"\x89HDF", {"an HDF5 file (Keras)", convert}},
      {"\x93NUMPY", {"a NumPy array", convert}},
      {"TFL3", {"a TensorFlow Lite model", convert}, 4},
      {"%PDF", {"a PDF document", ""}},
      {"\x89PNG", {"a PNG picture", ""}},
      {"\xff\xd8\xff", {"a JPEG picture", ""}},
      {"\x7f"
       "ELF",
       {"a program or library", ""}},
  };
  for (const Magic& m : magics)
    if (head.size() > m.offset && head.substr(m.offset).starts_with(m.bytes)) return m.file;
  if (head.size() > 2 && head[0] == '\x08' && head[1] <= '\x20' && head[2] == '\x12')
    return {"an ONNX model", "Use the original file of torch; tuneit has its own description of the network."};
  if (head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5)
    return {"a plain Python pickle, which can hold a program",
            "Where you trust it: load it in Python and save the tensors with safetensors or torch.save."};
  const std::size_t text = std::min(head.find_first_not_of(" \t\r\n"), head.size());
  std::string lower;
  for (const char c : head.substr(text, 16)) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<head"))
    return {"an HTML page", again};
  if (lower.starts_with("<?xml")) return {"an XML document", again};
  if (lower.starts_with("{"))
    return {
        "a JSON document",
        "If it lists parts (model.safetensors.index.json), give the parts themselves; else download the file again."};
  return {"of an unknown kind", "tuneit reads safetensors files and what torch.save writes (.pth, .pt, .bin)."};
}

/// A length that fits the file, then what begins a JSON object.
[[nodiscard]] inline bool looks_like_safetensors(std::string_view head, std::uint64_t size) {
  if (head.size() < 9) return false;
  std::uint64_t length = 0;
  std::memcpy(&length, head.data(), sizeof length);
  const std::size_t first = head.find_first_not_of(" \t\r\n", 8);
  return length <= std::max(size - 8, max_safetensors_header) && first != std::string_view::npos && head[first] == '{';
}

}  // namespace detail

/// Reads every tensor of a safetensors file or of a file of torch.save (either layout). Throws Error: Fault::Weights
/// with what is wrong and where, or what the file is instead; Fault::Io where the system refuses to open or read it.
/// Never blocks, never runs anything in the file, and needs about as much memory as the file has bytes.
[[nodiscard]] inline TensorFile read_tensors(const InputFile& input, const ReadOptions& options = {}) {
  const std::string file = input.name();
  if (input.size() == 0) detail::refuse(file + " is empty (0 bytes)", "The download or copy failed; repeat it.");
  std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), 512)), '\0');
  input.read(0, std::as_writable_bytes(std::span(head)));
  const auto plain = [&] {
    if (!options.key.empty())
      detail::refuse(file + " is a safetensors file, which has no state dict under a key " + quote(options.key),
                     "Leave out the weights option key.");
  };
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return read_pth_zip(input, options);
  if (head.starts_with(detail::legacy_magic)) return read_pth_legacy(input, options);
  if (detail::looks_like_safetensors(head, input.size())) return plain(), read_safetensors(input);
  const detail::ForeignFile foreign = detail::identify_foreign(head);
  // A damaged safetensors file can look like anything; its own reader says best what is wrong.
  if (foreign.what == "of an unknown kind" && input.path().extension() == ".safetensors")
    return plain(), read_safetensors(input);
  detail::refuse(file + " is " + std::string(foreign.what) + ", not a file of weights", std::string(foreign.mend));
}
[[nodiscard]] inline TensorFile read_tensors(const std::filesystem::path& path, const ReadOptions& options = {}) {
  return read_tensors(InputFile(path), options);
}

}  // namespace tuneit::io
