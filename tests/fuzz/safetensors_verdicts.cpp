// What read_safetensors says of many files: a stream of (length as 4 bytes, bytes) comes in, a line goes out for each:
// "accepted", then name, dtype, shape and CRC-32 of each tensor by name, or "refused" and the message.
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "tuneit/io/weights/safetensors.hpp"

using namespace tuneit;

namespace {

std::string hex(const std::string& name) {
  std::string out;
  for (const char c : name) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += two;
  }
  return out;
}

std::string verdict(const std::string& bytes) {
  try {
    io::TensorFile file = io::read_safetensors(io::InputFile(std::as_bytes(std::span(bytes)), "a.safetensors"));
    std::sort(file.tensors.begin(), file.tensors.end(), [](auto& a, auto& b) { return a.name < b.name; });
    std::string out = "accepted";
    for (const io::NamedTensor& t : file.tensors) {
      const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(t.bytes.data()), static_cast<uInt>(t.bytes.size()));
      out += " " + hex(t.name) + "," + std::string(io::name_of(t.dtype)) + ",";
      for (const std::int64_t side : t.shape) out += std::to_string(side) + "x";
      out += "," + std::to_string(crc);
    }
    return out;
  } catch (const Error& error) {
    std::string out = "refused ";
    for (const char* c = error.what(); *c != '\0'; ++c) out += *c == '\n' ? ' ' : *c;
    return out;
  }
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::uint32_t length = 0;
  while (std::cin.read(reinterpret_cast<char*>(&length), sizeof length)) {
    std::string bytes(length, '\0');
    std::cin.read(bytes.data(), static_cast<std::streamsize>(length));
    std::cout << verdict(bytes) << "\n";
  }
}
