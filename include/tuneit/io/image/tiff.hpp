#pragma once
// How does the first page of a TIFF become RGB bytes? (libtiff 4.5 or newer; include through image.hpp)
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/io/image/deep_grey.hpp"
#include "tuneit/io/image/image_types.hpp"
#include "tuneit/io/image/tiff_page.hpp"
#include "tuneit/io/image/tiff_rows.hpp"
#include "tuneit/io/image/turned.hpp"

namespace tuneit::io::detail {

/// A page whose pixels are being decoded. `grey`: instead of `out`, where samples have more than 8 bits.
struct TiffDecoding {
  TiffJob& job;
  TIFF* tiff;
  const TiffPage& page;
  const std::string& name;
  TiffPalette palette{};
  Image out{};
  std::vector<std::uint16_t, Uninitialised<std::uint16_t>> grey{};

  [[noreturn]] void damaged() const {
    std::string why = job.message.data();
    for (char& c : why)
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    bad_tiff(name, "damaged TIFF (" + (why.empty() ? "its pixels cannot be decoded" : why) + ").");
  }
  [[nodiscard]] bool deep() const { return page.grey() && page.bits > 8; }

  /// Takes `count` pixels of a row of the block, which are the picture's from (x, y) on.
  void take(const TiffRow& row, std::size_t x, std::size_t y, std::size_t count) {
    const std::size_t at = y * page.width + x;
    if (!deep()) return tiff_row_to_rgb(page, row, palette, count, out.rgb.data() + 3 * at);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint32_t value = row.sample(i, 0);
      if (page.format == SAMPLEFORMAT_INT && value > 32767)
        bad_tiff(name, "its samples of 16 bits are below zero, and their range is not known.",
                 "Save it with samples from 0 on, of 8 or 16 bits.");
      if (page.alpha_is_multiplied && page.samples == 2)
        if (const std::uint32_t alpha = row.sample(i, 1); alpha != 0)
          value = static_cast<std::uint32_t>(std::min<std::uint64_t>(65535, std::uint64_t{value} * 65535 / alpha));
      grey[at + i] = static_cast<std::uint16_t>(value);
    }
  }
};

inline void read_tiff_palette(TiffDecoding& in) {
  std::uint16_t* colours[3] = {};
  if (TIFFGetField(in.tiff, TIFFTAG_COLORMAP, &colours[0], &colours[1], &colours[2]) != 1)
    bad_tiff(in.name, "damaged TIFF (it has no palette).");
  const std::size_t count = std::size_t{1} << in.page.bits;
  const auto small = [&](const std::uint16_t* of) {
    return std::all_of(of, of + count, [](auto v) { return v < 256; });
  };
  // Some old writers have palettes of 8 bits, which are black in Pillow.
  const unsigned shift = small(colours[0]) && small(colours[1]) && small(colours[2]) ? 0 : 8;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = 0; c < 3; ++c) in.palette[i][c] = static_cast<std::uint8_t>(colours[c][i] >> shift);
}

/// Strips or tiles, one after the other. Sizes must have been judged.
inline void read_tiff_blocks(TiffDecoding& in) {
  const TiffPage& page = in.page;
  const std::size_t planes = page.separate() ? std::min<std::size_t>(page.samples, 4) : 1;
  std::uint32_t block_width = page.width, block_height = page.height;
  if (page.tiled) {
    TIFFGetField(in.tiff, TIFFTAG_TILEWIDTH, &block_width);
    TIFFGetField(in.tiff, TIFFTAG_TILELENGTH, &block_height);
  } else {
    TIFFGetFieldDefaulted(in.tiff, TIFFTAG_ROWSPERSTRIP, &block_height);
    block_height = std::min(block_height, page.height);
  }
  const std::size_t samples = page.separate() ? 1 : page.samples;
  const std::size_t row_bytes = (std::size_t{block_width} * samples * page.bits + 7) / 8;
  const tmsize_t said = page.tiled ? TIFFTileRowSize(in.tiff) : TIFFScanlineSize(in.tiff);
  if (block_width == 0 || block_height == 0 || said < 0 || static_cast<std::size_t>(said) != row_bytes) in.damaged();
  const std::size_t block_bytes = row_bytes * block_height;
  std::vector<std::uint8_t> buffer(planes * block_bytes);
  for (std::uint32_t y = 0; y < page.height; y += std::min(block_height, page.height - y))
    for (std::uint32_t x = 0; x < page.width; x += std::min(block_width, page.width - x)) {
      const std::size_t rows = std::min(block_height, page.height - y), columns = std::min(block_width, page.width - x);
      const auto wanted = static_cast<tmsize_t>(page.tiled ? block_bytes : row_bytes * rows);
      std::array<const std::uint8_t*, 4> at{};
      for (std::size_t plane = 0; plane < planes; ++plane) {
        std::uint8_t* to = buffer.data() + plane * block_bytes;
        const auto which = static_cast<std::uint16_t>(plane);
        const tmsize_t got = page.tiled
                                 ? TIFFReadEncodedTile(in.tiff, TIFFComputeTile(in.tiff, x, y, 0, which), to, wanted)
                                 : TIFFReadEncodedStrip(in.tiff, TIFFComputeStrip(in.tiff, y, which), to, wanted);
        if (got != wanted || in.job.damaged) in.damaged();
        at[plane] = to;
      }
      for (std::size_t row = 0; row < rows; ++row) {
        in.take(TiffRow(page, at), x, y + row, columns);
        for (const std::uint8_t*& plane : at)
          if (plane != nullptr) plane += row_bytes;
      }
    }
}

/// Colours that pixels share (YCbCr but of JPEG): libtiff's own conversion, as in Pillow, some rows at a time.
inline void read_tiff_as_rgba(TiffDecoding& in) {
  struct Rgba {
    TIFFRGBAImage image{};
    bool begun = false;
    ~Rgba() {
      if (begun) TIFFRGBAImageEnd(&image);
    }
  } rgba;
  char message[1024] = {};
  rgba.begun = TIFFRGBAImageOK(in.tiff, message) != 0 && TIFFRGBAImageBegin(&rgba.image, in.tiff, 1, message) != 0;
  if (!rgba.begun) {
    if (in.job.message[0] == '\0') std::copy_n(message, in.job.message.size() - 1, in.job.message.begin());
    in.damaged();
  }
  rgba.image.orientation = rgba.image.req_orientation = ORIENTATION_TOPLEFT;
  std::uint32_t block = in.page.height;
  TIFFGetFieldDefaulted(in.tiff, in.page.tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, &block);
  block = std::clamp<std::uint32_t>(block, 1, in.page.height);
  std::vector<std::uint32_t> raster(std::size_t{block} * in.page.width);
  std::uint8_t* to = in.out.rgb.data();
  for (std::uint32_t y = 0; y < in.page.height; y += std::min(block, in.page.height - y)) {
    const std::uint32_t rows = std::min(block, in.page.height - y);
    rgba.image.row_offset = static_cast<int>(y);
    rgba.image.col_offset = 0;
    if (TIFFRGBAImageGet(&rgba.image, raster.data(), in.page.width, rows) == 0 || in.job.damaged) in.damaged();
    for (std::size_t p = 0; p < std::size_t{rows} * in.page.width; ++p, to += 3) {
      to[0] = static_cast<std::uint8_t>(TIFFGetR(raster[p]));
      to[1] = static_cast<std::uint8_t>(TIFFGetG(raster[p]));
      to[2] = static_cast<std::uint8_t>(TIFFGetB(raster[p]));
    }
  }
}

/// Judges strips and tiles before any is read: their size, their number, and how often they read the same bytes.
inline void check_tiff_blocks(const TiffDecoding& in, const ImageLimits& limits) {
  const std::size_t file = in.job.file.size();
  if (in.page.tiled) {
    std::uint32_t width = 0, height = 0;
    TIFFGetField(in.tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(in.tiff, TIFFTAG_TILELENGTH, &height);
    checked_rgb_bytes(width, height, file, in.name, limits);
    // What is decoded is whole tiles, however few of their pixels are the picture's.
    const std::uint64_t planes = in.page.separate() ? in.page.samples : 1;
    const std::uint64_t tiles = TIFFNumberOfTiles(in.tiff) / planes;
    const std::uint64_t pixels = std::uint64_t{in.page.width} * in.page.height;
    if (tiles > (4 * pixels + (std::uint64_t{1} << 25U)) / std::max<std::uint64_t>(1, std::uint64_t{width} * height))
      bad_tiff(in.name, "its " + std::to_string(tiles) + " tiles of " + std::to_string(width) + " x " +
                            std::to_string(height) + " pixels are far more than its picture of " +
                            std::to_string(in.page.width) + " x " + std::to_string(in.page.height) + ".");
  }
  const std::uint32_t count = in.page.tiled ? TIFFNumberOfTiles(in.tiff) : TIFFNumberOfStrips(in.tiff);
  if (count == 0 || count > file) bad_tiff(in.name, "damaged TIFF (" + std::to_string(count) + " strips or tiles).");
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    sum += std::min<std::uint64_t>(TIFFGetStrileByteCount(in.tiff, i), file);
    if (sum > 64 * std::uint64_t{file} + (std::uint64_t{1} << 24U))
      bad_tiff(in.name, "its strips or tiles are the same bytes again and again.");
  }
}

/// The first page, turned as its orientation says, as Pillow does. Alpha is dropped. Grey of more than 8 bits: see
/// white_sample. What Pillow reads as nonsense: samples of 16 bits where 0 is white are turned over here; numbers of
/// 32 bits and of floating point, cut at 0 and 255 there, and CIE L*a*b* are refused; premultiplied alpha is divided
/// out of separate planes, too. Also refused: compressions that Pillow reads but nobody writes (ThunderScan, the old
/// JPEG of TIFF 6.0, whose decoder is known for its faults).
inline Image decode_tiff(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                         const PartOf& part = {}, ImageFacts* facts = nullptr) {
  TiffJob job;
  job.file = file;
  const std::uint64_t most = 8 * limits.pixels + (std::uint64_t{1} << 26U);
  const OpenTiff tiff = open_tiff(job, most);
  const TiffPage page = tiff ? read_tiff_page(tiff.get()) : TiffPage{};
  TiffDecoding in{job, tiff.get(), page, name};
  if (!tiff) in.damaged();
  job.message = {};
  checked_rgb_bytes(page.width, page.height, file.size(), name, limits);
  if (const std::string why = tiff_refusal(page); !why.empty())
    bad_tiff(name, "it is a TIFF of a kind that is not read: " + why + ".",
             "Save it with 8 or 16 bits a sample, as grey or RGB, or as a PNG.");
  check_tiff_blocks(in, limits);

  job.decoding = true;
  if (page.photometric == PHOTOMETRIC_PALETTE) read_tiff_palette(in);
  in.out = blank_image(static_cast<int>(page.height), static_cast<int>(page.width));
  if (in.deep()) in.grey.resize(std::size_t{page.width} * page.height);
  const bool jpeg = page.compression == COMPRESSION_JPEG && page.planar == PLANARCONFIG_CONTIG;
  const bool shared = page.across != 1 || page.down != 1 || page.compression != COMPRESSION_NONE;
  if (page.ycbcr() && page.samples == 3 && !jpeg && shared) {
    read_tiff_as_rgba(in);
  } else {
    if (page.ycbcr() && jpeg) TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    read_tiff_blocks(in);
  }
  if (in.deep())
    deep_grey_to_rgb(in.grey, page.bits == 16 ? 0U : (1U << page.bits) - 1, page.photometric == PHOTOMETRIC_MINISWHITE,
                     in.out.rgb.data(), facts);
  return cut(upright(std::move(in.out), page.orientation), part);
}

}  // namespace tuneit::io::detail
