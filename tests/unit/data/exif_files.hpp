#pragma once
// Image files with EXIF: the same TIFF structure put into a JPEG, a PNG or a WebP.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <libdeflate.h>

#include "picture_files.hpp"

namespace tuneit::test {

inline Bytes number(std::size_t value, std::size_t count, bool little) {
  Bytes out(count);
  for (std::size_t i = 0; i < count; ++i)
    out[little ? i : count - 1 - i] = static_cast<std::uint8_t>(i < sizeof value ? value >> (8 * i) : 0);
  return out;
}
inline void add(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }
inline void add(Bytes& to, const std::string& text) { to.insert(to.end(), text.begin(), text.end()); }

/// An entry of a directory, by default the orientation.
struct ExifEntry {
  std::size_t value = 1, tag = 0x0112, type = 3, count = 1;
};

inline Bytes exif(const std::vector<ExifEntry>& entries, bool little = false) {
  Bytes out;
  add(out, little ? "II" : "MM");
  add(out, number(42, 2, little));
  add(out, number(8, 4, little));
  add(out, number(entries.size(), 2, little));
  for (const ExifEntry& entry : entries) {
    add(out, number(entry.tag, 2, little));
    add(out, number(entry.type, 2, little));
    add(out, number(entry.count, 4, little));
    add(out, number(entry.value, entry.type == 3 ? 2 : 4, little));
    if (entry.type == 3) add(out, Bytes(2));
  }
  add(out, Bytes(4));
  return out;
}
inline Bytes exif(std::size_t orientation, bool little = false) {
  return exif(std::vector<ExifEntry>{{.value = orientation}}, little);
}

inline Bytes jpeg_with_exif(const Bytes& jpeg, const Bytes& tiff) {
  Bytes out{0xff, 0xd8, 0xff, 0xe1};
  add(out, number(8 + tiff.size(), 2, false));
  add(out, std::string("Exif\0\0", 6));
  add(out, tiff);
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

inline Bytes png_chunk(const std::string& type, const Bytes& data) {
  Bytes out = number(data.size(), 4, false);
  add(out, type);
  add(out, data);
  add(out, number(::libdeflate_crc32(0, out.data() + 4, out.size() - 4), 4, false));
  return out;
}

/// Behind the header, or behind the pixels.
inline Bytes png_with_exif(const Bytes& png, const Bytes& tiff, bool at_end = false) {
  Bytes out = png;
  const Bytes chunk = png_chunk("eXIf", tiff);
  out.insert(at_end ? out.end() - 12 : out.begin() + 33, chunk.begin(), chunk.end());
  return out;
}

/// The extended layout: a header that announces EXIF, the picture of a simple file, the EXIF.
inline Bytes webp_with_exif(const Bytes& simple, int width, int height, const Bytes& tiff) {
  Bytes body;
  add(body, "WEBPVP8X");
  add(body, number(10, 4, true));
  add(body, number(8, 4, true));
  add(body, number(static_cast<std::size_t>(width - 1), 3, true));
  add(body, number(static_cast<std::size_t>(height - 1), 3, true));
  body.insert(body.end(), simple.begin() + 12, simple.end());
  add(body, "EXIF");
  add(body, number(tiff.size(), 4, true));
  add(body, tiff);
  if (tiff.size() % 2 != 0) body.push_back(0);
  Bytes out;
  add(out, "RIFF");
  add(out, number(body.size(), 4, true));
  add(out, body);
  return out;
}

}  // namespace tuneit::test
