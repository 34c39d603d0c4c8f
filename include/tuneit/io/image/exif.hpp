#pragma once
// Which way up does a picture file say that its picture is? The orientation of EXIF in JPEG, PNG and WebP.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <libdeflate.h>

namespace tuneit::io {

namespace detail {

/// Bytes of a file, or of a part of it; what lies outside cannot be read.
class ExifBytes {
 public:
  explicit ExifBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  /// Are there so many bytes from `at` on?
  [[nodiscard]] bool has(std::size_t at, std::size_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }
  [[nodiscard]] bool says(std::size_t at, std::string_view text) const {
    return has(at, text.size()) &&
           std::equal(text.begin(), text.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, std::byte b) { return static_cast<std::byte>(a) == b; });
  }
  /// A number of `count` bytes that are there.
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t count, bool little) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8U | std::to_integer<std::uint32_t>(bytes_[little ? at + count - 1 - i : at + i]);
    return value;
  }
  [[nodiscard]] ExifBytes part(std::size_t at, std::size_t count) const { return ExifBytes(bytes_.subspan(at, count)); }
  [[nodiscard]] std::uint32_t checksum(std::size_t at, std::size_t count) const {
    return ::libdeflate_crc32(0, bytes_.data() + at, count);
  }

 private:
  std::span<const std::byte> bytes_;
};

inline constexpr std::string_view kExifBegin{"Exif\0\0", 6};

/// The orientation in the first directory of a TIFF structure; of two entries the last one counts, as in Pillow. No
/// other directory is looked at, so that none can lead in circles.
inline int tiff_orientation(ExifBytes tiff) {
  while (tiff.says(0, kExifBegin)) tiff = tiff.part(kExifBegin.size(), tiff.size() - kExifBegin.size());
  const bool little = tiff.says(0, "II");
  if (!tiff.has(0, 8) || (!little && !tiff.says(0, "MM")) || tiff.number(2, 2, little) != 42) return 1;
  const std::size_t directory = tiff.number(4, 4, little);
  if (!tiff.has(directory, 2)) return 1;
  const std::size_t entries = tiff.number(directory, 2, little);
  if (!tiff.has(directory + 2, 12 * entries)) return 1;
  std::uint32_t found = 1;
  for (std::size_t at = directory + 2; at < directory + 2 + 12 * entries; at += 12) {
    constexpr std::uint32_t orientation = 0x0112, short_integer = 3, long_integer = 4;
    const std::uint32_t type = tiff.number(at + 2, 2, little);
    if (tiff.number(at, 2, little) != orientation || tiff.number(at + 4, 4, little) != 1) continue;
    if (type == short_integer || type == long_integer)
      found = tiff.number(at + 8, type == short_integer ? 2 : 4, little);
  }
  return found >= 1 && found <= 8 ? static_cast<int>(found) : 1;
}

/// The segments before the first scan; the first APP1 of EXIF counts.
inline int jpeg_orientation(const ExifBytes& file) {
  std::size_t at = 2;
  while (file.has(at, 2) && file.number(at, 1, false) == 0xff) {
    const std::uint32_t marker = file.number(at + 1, 1, false);
    if (marker == 0xff) {  // filling
      ++at;
      continue;
    }
    if (marker == 0xda || marker == 0xd9 || !file.has(at, 4)) break;
    const std::size_t length = file.number(at + 2, 2, false);
    if (length < 2 || !file.has(at + 2, length)) break;
    if (marker == 0xe1 && file.says(at + 4, kExifBegin) && length >= 2 + kExifBegin.size())
      return tiff_orientation(file.part(at + 4, length - 2));
    at += 2 + length;
  }
  return 1;
}

/// The first eXIf chunk, also behind the pixels, if its checksum is right.
inline int png_orientation(const ExifBytes& file) {
  for (std::size_t at = 8; file.has(at, 12) && !file.says(at + 4, "IEND");) {
    const std::size_t length = file.number(at, 4, false);
    if (!file.has(at + 12, length)) break;
    if (file.says(at + 4, "eXIf")) {
      if (file.checksum(at + 4, 4 + length) != file.number(at + 8 + length, 4, false)) break;
      return tiff_orientation(file.part(at + 8, length));
    }
    at += 12 + length;
  }
  return 1;
}

/// The first EXIF chunk of the container.
inline int webp_orientation(const ExifBytes& file) {
  for (std::size_t at = 12; file.has(at, 8);) {
    const std::size_t length = file.number(at + 4, 4, true);
    if (!file.has(at + 8, length)) break;
    if (file.says(at, "EXIF")) return tiff_orientation(file.part(at + 8, length));
    at += 8 + length + length % 2;
  }
  return 1;
}

}  // namespace detail

/// 1 to 8: how a picture must be turned to be seen as it was taken (see upright). 1, as it is, also where the file
/// says nothing, or anything that is wrong. Reads each byte at most once or twice, allocates nothing, never throws.
/// XMP is not looked at.
inline int exif_orientation(std::span<const std::byte> file) noexcept {
  const detail::ExifBytes bytes(file);
  if (bytes.says(0, "\xff\xd8\xff")) return detail::jpeg_orientation(bytes);
  if (bytes.says(0, "\x89PNG\r\n\x1a\n")) return detail::png_orientation(bytes);
  if (bytes.says(0, "RIFF") && bytes.says(8, "WEBP")) return detail::webp_orientation(bytes);
  return 1;
}

}  // namespace tuneit::io
