// Mends the checksums of a zip archive after each change, in its directory and in the records' own headers.
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

std::uint32_t number(const std::uint8_t* at, std::size_t bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, bytes);
  return value;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 16 == 0) return size;  // a wrong checksum must be tried too
  for (std::size_t at = 0; size >= 46 && at <= size - 46; ++at) {
    if (std::memcmp(data + at, "PK\1\2", 4) != 0) continue;
    const std::size_t packed = number(data + at + 20, 4), header = number(data + at + 42, 4);
    if (header > size || size - header < 30) continue;
    const std::size_t begin = header + 30 + number(data + header + 26, 2) + number(data + header + 28, 2);
    if (begin > size || packed > size - begin) continue;
    const auto crc = static_cast<std::uint32_t>(::crc32(0, data + begin, static_cast<uInt>(packed)));
    std::memcpy(data + at + 16, &crc, 4);
    std::memcpy(data + header + 14, &crc, 4);
  }
  return size;
}
