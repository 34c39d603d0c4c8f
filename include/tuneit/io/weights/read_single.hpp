#pragma once
// What kind of file is this? Its first bytes decide, never its extension, and what cannot be read is called by its
// name.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/weights/pth.hpp"
#include "tuneit/io/weights/safetensors.hpp"
#include "tuneit/meta/ascii.hpp"

namespace tuneit::io::detail {

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
  const std::size_t text = std::min(head.find_first_not_of(json_space), head.size());
  std::string lower;
  for (const char c : head.substr(text, 16)) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<head"))
    return {"an HTML page", again};
  if (lower.starts_with("<?xml")) return {"an XML document", again};
  if (lower.starts_with("{")) return {"a JSON document", again};
  return {"of an unknown kind", "tuneit reads safetensors files and what torch.save writes (.pth, .pt, .bin)."};
}

/// The first 512 bytes, by which a file is known.
[[nodiscard]] inline std::string head_of(const InputFile& input) {
  if (input.size() == 0) refuse(input.name() + " is empty (0 bytes)", "The download or copy failed; repeat it.");
  std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), 512)), '\0');
  input.read(0, std::as_writable_bytes(std::span(head)));
  return head;
}

/// A length that fits the file, then what begins a JSON object.
[[nodiscard]] inline bool looks_like_safetensors(std::string_view head, std::uint64_t size) {
  if (head.size() < 9) return false;
  std::uint64_t length = 0;
  std::memcpy(&length, head.data(), sizeof length);
  const std::size_t first = head.find_first_not_of(json_space, 8);
  return length <= std::max(size - 8, max_safetensors_header) && first != std::string_view::npos && head[first] == '{';
}

inline void refuse_key(const InputFile& input, const ReadOptions& options) {
  if (!options.weights_key.empty())
    refuse(input.name() + " is a safetensors file, which has no state dict under a key " + quote(options.weights_key),
           "Leave out --weights-key (weights option weights_key).");
}

/// Reads every tensor of one file: safetensors, or either layout of torch.save.
[[nodiscard]] inline TensorFile read_single(const InputFile& input, const std::string& head,
                                            const ReadOptions& options) {
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return read_pth_zip(input, options);
  if (legacy_magic(head) > 0) return read_pth_legacy(input, options);
  if (looks_like_safetensors(head, input.size())) return refuse_key(input, options), read_safetensors(input);
  const ForeignFile foreign = identify_foreign(head);
  // A damaged safetensors file can look like anything; its own reader says best what is wrong.
  if (foreign.what == "of an unknown kind" && input.path().extension() == ".safetensors")
    return refuse_key(input, options), read_safetensors(input);
  refuse(input.name() + " is " + std::string(foreign.what) + ", not a file of weights", std::string(foreign.mend));
}

}  // namespace tuneit::io::detail
