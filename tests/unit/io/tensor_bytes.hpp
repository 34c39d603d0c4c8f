#pragma once
// Files of tensors made by hand, byte by byte, so that they can be wrong in every way.
#include <unistd.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/error.hpp"

namespace tensor_bytes {

using namespace std::string_literals;

/// A directory of its own, removed at the end.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tuneit-io-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::filesystem::path write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path_ / name;
  }
  [[nodiscard]] std::size_t entries() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++n;
    return n;
  }

 private:
  std::filesystem::path path_;
};

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class T>
std::string le(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}
inline std::string le16(std::size_t v) { return le(static_cast<std::uint16_t>(v)); }
inline std::string le32(std::size_t v) { return le(static_cast<std::uint32_t>(v)); }
inline std::string le64(std::uint64_t v) { return le(v); }

/// Calls `read`, which must throw tuneit::Error(fault), and checks every one of `words` against the message.
template <class F>
void check_refusal(F read, const std::vector<std::string>& words,
                   tuneit::ErrorKind error_kind = tuneit::ErrorKind::Weights) {
  try {
    read();
  } catch (const tuneit::Error& error) {
    const std::string message = error.what();
    CHECK(error.kind() == error_kind);
    for (const std::string& word : words) CHECK_THAT(message, Catch::Contains(word));
    return;
  }
  FAIL_CHECK("accepted");
}

/// One file that must be refused, with words of the message.
struct Hostile {
  std::string title, bytes;
  std::vector<std::string> words;
};

// --- safetensors ---
inline std::string safetensors(const std::string& header, const std::string& data = {}) {
  return le64(header.size()) + header + data;
}

// --- zip ---
struct Record {
  std::string name, data;
  std::uint16_t flags = 0, method = 0;
  std::string local_name = {};       ///< where the local header lies about the name
  std::size_t announced = SIZE_MAX;  ///< where the directory lies about the size
  std::uint32_t crc_error = 0;
};

struct Zip {
  std::vector<Record> records = {};
  bool zip64 = false;
  std::string before = {}, after = {};
  std::size_t shift = 0;  ///< added to every offset of the directory but the first

  [[nodiscard]] std::string bytes() const {
    std::string out = before, directory;
    for (const Record& r : records) {
      const auto crc = static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(r.data.data()),
                                                          static_cast<uInt>(r.data.size()))) ^
                       r.crc_error;
      const std::size_t size = r.announced == SIZE_MAX ? r.data.size() : r.announced;
      const std::string& local = r.local_name.empty() ? r.name : r.local_name;
      const std::size_t at = out.size() + (directory.empty() ? 0 : shift);
      out += le32(0x04034b50) + le16(0) + le16(r.flags) + le16(r.method) + le32(0) + le32(crc) + le32(size) +
             le32(size) + le16(local.size()) + le16(0) + local + r.data;
      const std::string extra = zip64 ? le16(1) + le16(24) + le64(size) + le64(size) + le64(at) : ""s;
      const std::size_t shown = zip64 ? UINT32_MAX : size;
      directory += le32(0x02014b50) + le16(0) + le16(0) + le16(r.flags) + le16(r.method) + le32(0) + le32(crc) +
                   le32(shown) + le32(shown) + le16(r.name.size()) + le16(extra.size()) + le16(0) + le16(0) + le16(0) +
                   le32(0) + le32(zip64 ? UINT32_MAX : at) + r.name + extra;
    }
    const std::size_t begin = out.size(), n = records.size();
    out += directory;
    if (zip64) {
      const std::size_t end64 = out.size();
      out += le32(0x06064b50) + le64(44) + le16(0) + le16(0) + le32(0) + le32(0) + le64(n) + le64(n) +
             le64(directory.size()) + le64(begin);
      out += le32(0x07064b50) + le32(0) + le64(end64) + le32(1);
    }
    return out + le32(0x06054b50) + le16(0) + le16(0) + le16(n) + le16(n) + le32(directory.size()) +
           le32(zip64 ? UINT32_MAX : begin) + le16(0) + after;
  }
};

// --- pickle: one function an instruction, all without memo ---
namespace pkl {
inline std::string text(const std::string& s) { return "X" + le32(s.size()) + s; }
inline std::string integer(std::int64_t v) { return "\x8a\x08"s + le(v); }
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::string& items) { return "(" + items + "t"; }
inline std::string call(const std::string& callee, const std::string& items) { return callee + tuple(items) + "R"; }
inline std::string dict(const std::string& items) { return "}(" + items + "u"; }
inline std::string file(const std::string& value) { return "\x80\x02"s + value + "."; }
inline std::string ordered() { return global("collections", "OrderedDict") + ")R"; }
inline std::string ints(const std::vector<std::int64_t>& values) {
  std::string items;
  for (const std::int64_t v : values) items += integer(v);
  return tuple(items);
}
inline std::string storage(const std::string& type, const std::string& key, std::int64_t numel, bool legacy = false) {
  return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + integer(numel) +
               (legacy ? "N" : "")) +
         "Q";
}
inline std::string tensor(const std::string& from, std::int64_t offset, const std::vector<std::int64_t>& size,
                          const std::vector<std::int64_t>& stride) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              from + integer(offset) + ints(size) + ints(stride) + "\x89" + ordered());
}
/// {"w": a float tensor of shape [2, 3] in storage "0" of 6 elements}
inline std::string item(const std::string& name = "w") {
  return text(name) + tensor(storage("FloatStorage", "0", 6), 0, {2, 3}, {3, 1});
}
}  // namespace pkl

inline std::string floats(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// A zip file of torch.save with this pickled value and the storage "0" of six floats.
inline Zip pth(const std::string& value, const std::string& data = floats({0, 1, 2, 3, 4, 5})) {
  return {{{"archive/data.pkl", pkl::file(value)},
           {"archive/byteorder", "little"},
           {"archive/data/0", data},
           {"archive/version", "3\n"}}};
}

/// The layout before torch 1.6 around one pickled value, with the storages `keys` whose bytes are in `data`.
inline std::string legacy(const std::string& value, const std::string& keys, const std::string& data) {
  return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"s + "\x80\x02M\xe9\x03."s +
         pkl::file(pkl::dict(pkl::text("little_endian") + "\x88")) + pkl::file(value) + pkl::file("](" + keys + "e") +
         data;
}

}  // namespace tensor_bytes
