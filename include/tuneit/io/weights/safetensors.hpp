#pragma once
// How is a safetensors file read, strictly, and written so that every other reader accepts it?
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/atomic_file.hpp"
#include "tuneit/io/input_file.hpp"
#include "tuneit/io/weights/safetensors_header.hpp"

namespace tuneit::io {
namespace detail {

inline constexpr std::uint64_t max_safetensors_header = 16U << 20U;

inline std::string range_text(const SafetensorsEntry& e) {
  return quote(e.name) + " (bytes " + std::to_string(e.begin) + " to " + std::to_string(e.end) + ")";
}

// Every tensor has the size its shape says, and together they cover the data once, without hole or overlap. The last
// rule keeps a second file from hiding behind or between the tensors.
inline void check_safetensors_layout(std::vector<SafetensorsEntry>& entries, std::uint64_t data,
                                     const std::string& file) {
  for (const SafetensorsEntry& e : entries) {
    const auto bytes = dense_bytes(e.shape, size_of(e.dtype));
    if (!bytes)
      refuse(file + ": the size of tensor " + quote(e.name) + " of shape " + shape_text(e.shape) + " overflows");
    if (e.begin > e.end) refuse(file + ": the offsets of tensor " + range_text(e) + " are reversed");
    if (e.end > data)
      refuse(file + " is truncated or damaged: tensor " + range_text(e) + " ends after the data, which have " +
                 std::to_string(data) + " bytes",
             "Download or save it again.");
    if (e.end - e.begin != *bytes)
      refuse(file + ": tensor " + range_text(e) + " of shape " + shape_text(e.shape) + " and dtype " +
             std::string(name_of(e.dtype)) + " needs " + std::to_string(*bytes) + " bytes");
  }
  std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const SafetensorsEntry& e = entries[i];
    if (e.begin < next) refuse(file + ": tensors " + range_text(entries[i - 1]) + " and " + range_text(e) + " overlap");
    if (e.begin > next)
      refuse(file + ": nothing describes the bytes " + std::to_string(next) + " to " + std::to_string(e.begin) +
             " of the data, before tensor " + range_text(e));
    next = e.end;
  }
  if (next != data)
    refuse(file + ": " + std::to_string(data - next) + " bytes after the last tensor belong to no tensor",
           "The file is damaged, or something is hidden in it; download or save it again.");
}

/// What the header says, checked against the size of the file, and where in the file the data begin.
struct SafetensorsLayout {
  SafetensorsHeader header;
  std::uint64_t data = 0;
};

[[nodiscard]] inline SafetensorsLayout read_safetensors_layout(const InputFile& input) {
  const std::string file = input.name();
  if (input.size() < 8)
    refuse(file + " is truncated: a safetensors file has at least 8 bytes, this one has " +
           std::to_string(input.size()));
  std::uint64_t length = 0;
  input.read(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length > input.size() - 8)
    refuse(file + " is truncated or no safetensors file: its header should have " + std::to_string(length) +
               " bytes, the file has " + std::to_string(input.size()),
           "Download or save it again.");
  if (length > max_safetensors_header)
    refuse(file + ": a header of " + std::to_string(length) + " bytes is longer than the 16 MiB that tuneit accepts");
  std::string text(length, '\0');
  input.read(8, std::as_writable_bytes(std::span(text)));
  SafetensorsHeader header = parse_safetensors_header(text, file);
  check_safetensors_layout(header.entries, input.size() - 8 - length, file);
  return {std::move(header), 8 + length};
}

[[nodiscard]] inline TensorFile read_safetensors_data(const InputFile& input, SafetensorsLayout layout) {
  TensorFile result{input.path().string(), "safetensors", {}, std::move(layout.header.metadata)};
  result.tensors.reserve(layout.header.entries.size());
  for (SafetensorsEntry& e : layout.header.entries) {
    NamedTensor tensor{std::move(e.name), e.dtype, std::move(e.shape), std::vector<std::byte>(e.end - e.begin)};
    input.read(layout.data + e.begin, tensor.bytes);
    if (!booleans_are_valid(tensor))
      refuse(input.name() + ": the boolean tensor " + quote(tensor.name) + " has a value other than 0 and 1");
    result.tensors.push_back(std::move(tensor));
  }
  return result;
}

}  // namespace detail

/// Reads a safetensors file and checks every rule of the format, names (not empty, no control characters, at most 1024
/// bytes, no duplicates), ranks up to 16, and that booleans are 0 or 1. Nothing is allocated before its size is known
/// to fit the file. Values are not judged: NaN is for weights::match. Throws Error(ErrorKind::Weights, or
/// ErrorKind::Io).
[[nodiscard]] inline TensorFile read_safetensors(const InputFile& input) {
  return detail::read_safetensors_data(input, detail::read_safetensors_layout(input));
}
[[nodiscard]] inline TensorFile read_safetensors(const std::filesystem::path& path) {
  return read_safetensors(InputFile(path));
}

/// Writes tensors through AtomicFile, in the reference writer's order (wide elements first, then by name, so that each
/// tensor is aligned to its element), the data beginning at a multiple of 64 bytes. `bytes(i)` gives those of the i-th
/// when they are written, each once; `before_commit()` may still throw. Metadata gets "format": "pt" unless it has a
/// format, as Python's transformers insists on it. Throws Error: ErrorKind::Weights for a name that is unusable or used
/// twice or bytes that do not fit the shape, ErrorKind::Io if the disk refuses.
template <class Bytes, class BeforeCommit>
void write_safetensors(const std::filesystem::path& path, std::span<const TensorHead> tensors, const Bytes& bytes,
                       std::map<std::string, std::string> metadata, const BeforeCommit& before_commit) {
  const std::string file = quote_path(path);
  metadata.emplace("format", "pt");
  const auto refuse_bytes = [&](const TensorHead& t, const std::string& size) {
    detail::refuse(file + " cannot be written: tensor " + quote(t.name) + " of shape " + shape_text(t.shape) +
                   " and dtype " + std::string(name_of(t.dtype)) + " has " + size);
  };
  std::unordered_set<std::string_view> names;
  std::vector<std::uint64_t> sizes;
  for (const TensorHead& t : tensors) {
    const char* why = t.name == "__metadata__" ? "is reserved by the format" : detail::refusal_of_name(t.name);
    if (why != nullptr) detail::refuse(file + " cannot be written: the name " + quote(t.name) + " " + why);
    if (!names.insert(t.name).second)
      detail::refuse(file + " cannot be written: two tensors are called " + quote(t.name));
    const auto size = detail::dense_bytes(t.shape, size_of(t.dtype));
    if (t.shape.size() > detail::max_rank || !size) refuse_bytes(t, "more than a file can hold");
    sizes.push_back(*size);
  }
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::size_t wide_a = size_of(tensors[a].dtype), wide_b = size_of(tensors[b].dtype);
    return wide_a != wide_b ? wide_a > wide_b : tensors[a].name < tensors[b].name;
  });

  const auto json_text = [&](const std::string& text) {
    if (!is_utf8(text))
      detail::refuse(file + " cannot be written: the metadata " + quote(text) + " is not valid UTF-8");
    return nlohmann::json(text).dump();
  };
  std::string header = "{\"__metadata__\":{";
  for (const auto& [key, value] : metadata)
    header += (header.back() == '{' ? "" : ",") + json_text(key) + ":" + json_text(value);
  header += "}";
  std::uint64_t offset = 0;
  for (const std::size_t i : order) {
    const TensorHead& t = tensors[i];
    header +=
        "," + json_text(std::string(t.name)) + ":{\"dtype\":\"" + std::string(name_of(t.dtype)) + "\",\"shape\":[";
    for (std::size_t d = 0; d < t.shape.size(); ++d) header += (d > 0 ? "," : "") + std::to_string(t.shape[d]);
    header += "],\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(offset + sizes[i]) + "]}";
    offset += sizes[i];
  }
  header += "}";
  header.append((64 - (8 + header.size()) % 64) % 64, ' ');
  if (header.size() > detail::max_safetensors_header)
    detail::refuse(file + " cannot be written: its header would be longer than 16 MiB");

  AtomicFile out(path);
  const std::uint64_t length = header.size();
  out.write(std::as_bytes(std::span(&length, 1)));
  out.write(header);
  for (const std::size_t i : order) {
    const auto& now = bytes(i);
    if (now.size() != sizes[i]) refuse_bytes(tensors[i], std::to_string(now.size()) + " bytes");
    out.write(now);
  }
  before_commit();
  out.commit();
}

/// The same of tensors that are in memory.
inline void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                              std::map<std::string, std::string> metadata = {}) {
  std::vector<TensorHead> heads;
  heads.reserve(tensors.size());
  for (const NamedTensor& t : tensors) heads.push_back({t.name, t.dtype, t.shape});
  write_safetensors(
      path, heads, [&](std::size_t i) -> const std::vector<std::byte>& { return tensors[i].bytes; },
      std::move(metadata), [] {});
}

}  // namespace tuneit::io
