// Mends the checksums of a PNG after each change: else nearly every input would be refused at the first chunk.
#include <zlib.h>

#include <cstddef>
#include <cstdint>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U | at[3];
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 16 == 0) return size;  // a wrong checksum must be tried too
  for (std::size_t at = 8; size - at >= 12 && at < size;) {
    const std::uint32_t length = big_endian(data + at);
    if (length > size - at - 12) break;
    const auto crc = static_cast<std::uint32_t>(::crc32(0, data + at + 4, length + 4));
    for (unsigned i = 0; i < 4; ++i) data[at + 8 + length + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    at += std::size_t{length} + 12;
  }
  return size;
}
