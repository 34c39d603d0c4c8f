#pragma once
// How does a BMP become RGB bytes? (include through image.hpp)
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/io/image/image_types.hpp"

namespace tuneit::io::detail {

/// The file and what its header says.
struct BmpFile {
  std::span<const std::uint8_t> bytes;
  std::uint64_t width = 0, height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::uint32_t compression = 0;                           // 0: none, 1: RLE8, 2: RLE4
  std::array<std::uint32_t, 3> masks{};                    // of R, G, B in a pixel of 16 or 32 bits
  std::array<std::array<std::uint8_t, 3>, 256> palette{};  // R, G, B; what the file lacks is black
  std::size_t pixels = 0;                                  // where they begin

  [[nodiscard]] bool has(std::size_t at, std::size_t count) const {
    return at <= bytes.size() && count <= bytes.size() - at;
  }
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t count) const {  // little endian
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8U | bytes[at + i];
    return value;
  }
  [[nodiscard]] std::size_t row_bytes() const { return static_cast<std::size_t>((width * bits + 31) / 32 * 4); }
};

[[noreturn]] inline void bad_bmp(const std::string& name, const std::string& why) {
  bad_image(name, "damaged or unsupported BMP (" + why + ").",
            "Restore the file from its source, save it again as a PNG, or remove it.");
}

/// Sets the masks of a pixel; `at`: where the file has them. Any that are in one piece are read, more than Pillow
/// knows.
inline void read_bmp_masks(BmpFile& bmp, const std::string& name, std::size_t at) {
  if (bmp.bits != 16 && bmp.bits != 24 && bmp.bits != 32) bad_bmp(name, "bit fields in palette pixels");
  if (!bmp.has(at, 12)) bad_bmp(name, "its header is cut");
  std::array<std::uint32_t, 3> masks{};
  for (std::size_t c = 0; c < 3; ++c) masks[c] = bmp.number(at + 4 * c, 4);
  if (masks == std::array<std::uint32_t, 3>{} && bmp.bits == 32) return;  // as without masks
  for (const std::uint32_t mask : masks)
    if (mask == 0 || std::countl_zero(mask) + std::popcount(mask) + std::countr_zero(mask) != 32)
      bad_bmp(name, "bit fields that are none");
  bmp.masks = masks;
}

inline BmpFile read_bmp_header(std::span<const std::uint8_t> bytes, const std::string& name) {
  BmpFile bmp;
  bmp.bytes = bytes;
  if (!bmp.has(0, 18)) bad_bmp(name, "its header is cut");
  const std::size_t length = bmp.number(14, 4);
  const bool os2 = length == 12;
  constexpr std::uint32_t known[] = {12, 40, 52, 56, 64, 108, 124};
  if (std::find(std::begin(known), std::end(known), length) == std::end(known)) bad_bmp(name, "an unknown header");
  if (!bmp.has(14, length)) bad_bmp(name, "its header is cut");
  std::uint64_t colours = 0;
  if (os2) {
    bmp.width = bmp.number(18, 2);
    bmp.height = bmp.number(20, 2);
    bmp.bits = bmp.number(24, 2);
  } else {
    bmp.width = bmp.number(18, 4);
    const std::uint32_t height = bmp.number(22, 4);
    bmp.top_down = (height >> 31U) != 0;
    bmp.height = bmp.top_down ? std::uint64_t{1} + ~height : height;
    bmp.bits = bmp.number(28, 2);
    bmp.compression = bmp.number(30, 4);
    colours = bmp.number(46, 4);
  }
  constexpr std::array<unsigned, 6> depths{1, 4, 8, 16, 24, 32};
  if (std::find(depths.begin(), depths.end(), bmp.bits) == depths.end())
    bad_bmp(name, std::to_string(bmp.bits) + " bits a pixel");
  std::size_t at = 14 + length;
  bmp.masks = bmp.bits == 16 ? std::array<std::uint32_t, 3>{0x7c00, 0x3e0, 0x1f}
                             : std::array<std::uint32_t, 3>{0xff0000, 0xff00, 0xff};
  constexpr std::uint32_t rle8 = 1, rle4 = 2, bit_fields = 3, alpha_bit_fields = 6;
  if (bmp.compression == bit_fields || bmp.compression == alpha_bit_fields) {
    read_bmp_masks(bmp, name, 54);  // in longer headers, or behind one of 40 bytes
    if (length == 40) at += bmp.compression == bit_fields ? 12 : 16;
    bmp.compression = 0;
  } else if (bmp.compression == rle8 || bmp.compression == rle4) {
    if (bmp.bits != (bmp.compression == rle8 ? 8U : 4U)) bad_bmp(name, "run lengths of pixels of another size");
  } else if (bmp.compression != 0) {
    bad_bmp(name, "compression " + std::to_string(bmp.compression));
  }
  const std::size_t entry = os2 ? 3 : 4;
  if (colours == 0) colours = std::uint64_t{1} << std::min(bmp.bits, 32U);
  if (bmp.bits <= 8) {
    if (colours > 65536) bad_bmp(name, "a palette of " + std::to_string(colours) + " colours");
    for (std::size_t i = 0; i < std::min<std::size_t>(256, static_cast<std::size_t>(colours)); ++i)
      if (bmp.has(at + entry * i, 3))
        for (std::size_t c = 0; c < 3; ++c) bmp.palette[i][c] = bytes[at + entry * i + 2 - c];
    at += entry * static_cast<std::size_t>(colours);
    // A short palette of greys 0, 1, 2, ... goes on, as in Pillow.
    bool ramp = bmp.bits == 8 && colours > 2;
    for (std::size_t i = 0; i < 256 && i < colours; ++i)
      for (const std::uint8_t value : bmp.palette[i]) ramp = ramp && value == i;
    for (std::size_t i = 0; ramp && i < 256; ++i) bmp.palette[i].fill(static_cast<std::uint8_t>(i));
  }
  // Some writers forget the palette in the offset; Pillow steps over it, too.
  bmp.pixels = bmp.number(10, 4);
  if (bmp.pixels == 0 || (bmp.pixels == 14 + length && bmp.bits <= 8)) bmp.pixels = at;
  return bmp;
}

/// Indices of run lengths, in the order of the file, height x width. What the file passes over is index 0. A run of one
/// index that is longer than its row ends with it, one of several goes on in the next row, as in Pillow. Refused: an
/// end mark before the last pixel.
inline std::vector<std::uint8_t> bmp_runs(const BmpFile& bmp, const std::string& name) {
  const auto width = static_cast<std::size_t>(bmp.width), height = static_cast<std::size_t>(bmp.height);
  std::vector<std::uint8_t> out(width * height);
  const bool nibbles = bmp.bits == 4;
  std::size_t done = 0, x = 0, at = bmp.pixels;  // x: of the row that the file means, which may be longer
  const auto index = [&](std::size_t byte_at, std::size_t i) {
    const std::uint8_t byte = bmp.bytes[byte_at + (nibbles ? i / 2 : i)];
    return static_cast<std::uint8_t>(!nibbles ? byte : i % 2 == 0 ? byte >> 4U : byte & 15U);
  };
  // The last row may end without its marks.
  while (done < out.size()) {
    if (!bmp.has(at, 2)) bad_bmp(name, "the file ends too early");
    const std::size_t count = bmp.bytes[at], value = bmp.bytes[at + 1];
    at += 2;
    if (count > 0) {
      const std::size_t fitting = std::min({count, width - std::min(x, width), out.size() - done});
      for (std::size_t i = 0; i < fitting; ++i) out[done++] = index(at - 1, nibbles ? i % 2 : 0);
      x += fitting;
    } else if (value == 0) {
      done = x == 0 ? done + width : (done + width - 1) / width * width;
      x = 0;
    } else if (value == 1) {
      bad_bmp(name, "its end mark comes before its last pixel");
    } else if (value == 2) {
      if (!bmp.has(at, 2)) bad_bmp(name, "the file ends too early");
      done += bmp.bytes[at] + width * bmp.bytes[at + 1];
      x = done % width;
      at += 2;
    } else {
      const std::size_t length = nibbles ? (value + 1) / 2 : value;
      const std::size_t fitting = std::min(value, out.size() - done);
      if (!bmp.has(at, length)) bad_bmp(name, "the file ends too early");
      for (std::size_t i = 0; i < fitting; ++i) out[done++] = index(at, i);
      x += value;
      at += length + length % 2;  // on a word
    }
  }
  return out;
}

/// One row of the file to RGB.
inline void bmp_row(const BmpFile& bmp, const std::uint8_t* row, std::uint8_t* rgb) {
  const auto width = static_cast<std::size_t>(bmp.width);
  if (bmp.bits <= 8) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t bit = x * bmp.bits;
      const unsigned index = row[bit / 8] >> (8 - bmp.bits - bit % 8) & ((1U << bmp.bits) - 1);
      copy_pixel(rgb + 3 * x, bmp.palette[index].data());
    }
    return;
  }
  const std::size_t step = bmp.bits / 8;
  constexpr std::array<std::uint32_t, 3> usual{0xff0000, 0xff00, 0xff};
  if (step >= 3 && bmp.masks == usual) {
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < 3; ++c) rgb[3 * x + c] = row[step * x + 2 - c];
    return;
  }
  for (std::size_t x = 0; x < width; ++x) {
    std::uint32_t pixel = 0;
    for (std::size_t i = step; i-- > 0;) pixel = pixel << 8U | row[step * x + i];
    for (std::size_t c = 0; c < 3; ++c) {
      const std::uint32_t mask = bmp.masks[c];
      const auto shift = static_cast<unsigned>(std::countr_zero(mask));
      // as Pillow: cut, not rounded
      rgb[3 * x + c] = static_cast<std::uint8_t>(std::uint64_t{(pixel & mask) >> shift} * 255 / (mask >> shift));
    }
  }
}

/// 1, 4, 8, 16, 24, 32 bits; palettes, run lengths, bit fields; from below or from above; Windows' and OS/2's headers.
/// Alpha is dropped. Where Pillow reads a palette of two or sixteen greys as if pixels had other sizes, and so gives
/// nonsense, pixels have the colours of the palette.
inline Image decode_bmp(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                        const PartOf& part = {}) {
  BmpFile bmp = read_bmp_header({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, name);
  checked_rgb_bytes(bmp.width, bmp.height, file.size(), name, limits);
  const auto width = static_cast<std::size_t>(bmp.width), height = static_cast<std::size_t>(bmp.height);
  if (bmp.compression == 0 && !bmp.has(bmp.pixels, bmp.row_bytes() * height))
    if (!bmp.has(bmp.pixels, bmp.row_bytes() * (height - 1) + (width * bmp.bits + 7) / 8))  // the last filling may lack
      bad_bmp(name, "the file ends too early");
  std::vector<std::uint8_t> runs;
  if (bmp.compression != 0) {
    runs = bmp_runs(bmp, name);
    bmp.bits = 8;
  }
  const std::uint8_t* const rows = runs.empty() ? bmp.bytes.data() + bmp.pixels : runs.data();
  const std::size_t stride = runs.empty() ? bmp.row_bytes() : width;
  Image out = blank_image(static_cast<int>(height), static_cast<int>(width));
  for (std::size_t y = 0; y < height; ++y)
    bmp_row(bmp, rows + stride * (bmp.top_down ? y : height - 1 - y), out.rgb.data() + 3 * width * y);
  return cut(std::move(out), part);
}

}  // namespace tuneit::io::detail
