// Changes the rows of a PNG and packs them anew, or changes the file; then mends the checksums: else nearly every input
// would be refused at the first chunk, or before the filters of its rows are undone.
#include <libdeflate.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U | at[3];
}

void put_big_endian(std::uint8_t* at, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// The file with changed rows; empty if its rows cannot be unpacked.
Bytes with_changed_rows(const std::uint8_t* data, std::size_t size, unsigned seed) {
  Bytes packed, file(data, data + std::min<std::size_t>(size, 8));
  bool begun = false;
  const auto chunk = [&file](const char* kind, const std::uint8_t* body, std::size_t length) {
    const std::size_t at = file.size();
    file.resize(at + 12 + length);
    put_big_endian(file.data() + at, static_cast<std::uint32_t>(length));
    std::memcpy(file.data() + at + 4, kind, 4);
    if (length > 0) std::memcpy(file.data() + at + 8, body, length);
  };
  for (std::size_t at = 8; at + 12 <= size;) {
    const std::uint32_t length = big_endian(data + at);
    if (length > size - at - 12) return {};
    begun = begun || std::memcmp(data + at + 4, "IDAT", 4) == 0;
    if (std::memcmp(data + at + 4, "IDAT", 4) == 0)
      packed.insert(packed.end(), data + at + 8, data + at + 8 + length);
    else if (!begun)
      chunk(reinterpret_cast<const char*>(data + at + 4), data + at + 8, length);
    at += std::size_t{length} + 12;
  }
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> unpacker(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> packer(
      libdeflate_alloc_compressor(static_cast<int>(seed / 2 % 3)), libdeflate_free_compressor);
  Bytes rows(1U << 16U);
  std::size_t count = 0;
  if (!unpacker || !packer ||
      libdeflate_zlib_decompress(unpacker.get(), packed.data(), packed.size(), rows.data(), rows.size(), &count) !=
          LIBDEFLATE_SUCCESS)
    return {};
  count = LLVMFuzzerMutate(rows.data(), count, std::min(rows.size(), count + (seed % 64 == 2 ? 8 : 0)));
  packed.resize(libdeflate_zlib_compress_bound(packer.get(), count));
  packed.resize(libdeflate_zlib_compress(packer.get(), rows.data(), count, packed.data(), packed.size()));
  const std::size_t first = seed % 8 < 4 ? packed.size() : packed.size() / 2;
  chunk("IDAT", packed.data(), first);
  if (first < packed.size()) chunk("IDAT", packed.data() + first, packed.size() - first);
  chunk("IEND", nullptr, 0);
  return file;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  const Bytes changed = seed % 2 == 0 ? with_changed_rows(data, size, seed) : Bytes{};
  if (!changed.empty() && changed.size() <= most) {
    std::memcpy(data, changed.data(), changed.size());
    size = changed.size();
  } else {
    size = LLVMFuzzerMutate(data, size, most);
  }
  if (seed % 16 == 1) return size;  // a wrong checksum must be tried too
  for (std::size_t at = 8; at + 12 <= size;) {
    const std::uint32_t length = big_endian(data + at);
    if (length > size - at - 12) break;
    put_big_endian(data + at + 8 + length, libdeflate_crc32(0, data + at + 4, std::size_t{4} + length));
    at += std::size_t{length} + 12;
  }
  return size;
}
