#pragma once
// BMP, TIFF, GIF and PNM files for tests, made in memory; animations; grey of 16 bits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gif_lib.h>
#include <tiffio.h>

#include "picture_files.hpp"

namespace tuneit::test {

inline void put_little(Bytes& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
inline void put_text(Bytes& to, std::string_view text) { to.insert(to.end(), text.begin(), text.end()); }

/// 24 bits from below, with a header of 40 bytes.
inline Bytes encode_bmp(const io::Image& picture) {
  const auto width = static_cast<std::size_t>(picture.width), height = static_cast<std::size_t>(picture.height);
  const std::size_t row = (3 * width + 3) / 4 * 4;
  Bytes out{'B', 'M'};
  put_little(out, 54 + row * height, 4);
  put_little(out, 0, 4);
  for (const std::uint64_t value : {std::uint64_t{54}, std::uint64_t{40}, std::uint64_t{width}, std::uint64_t{height}})
    put_little(out, value, 4);
  put_little(out, 1, 2);
  put_little(out, 24, 2);
  out.resize(54 + row * height);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < 3; ++c)
        out[54 + row * (height - 1 - y) + 3 * x + c] = picture.rgb[3 * (y * width + x) + 2 - c];
  return out;
}

/// `width` x `height` of any bits: a palette of so many colours, and the rows as they stand in the file.
inline Bytes bmp_of(int width, int height, int bits, std::uint32_t compression, std::size_t colours,
                    const Bytes& rows) {
  Bytes out{'B', 'M'};
  put_little(out, 0, 8);
  put_little(out, 54 + 4 * colours, 4);
  put_little(out, 40, 4);
  put_little(out, static_cast<std::uint32_t>(width), 4);
  put_little(out, static_cast<std::uint32_t>(height), 4);
  put_little(out, 1, 2);
  put_little(out, static_cast<std::uint64_t>(bits), 2);
  put_little(out, compression, 4);
  put_little(out, rows.size(), 4);
  put_little(out, 0, 8);
  put_little(out, colours, 4);
  put_little(out, 0, 4);
  for (std::size_t i = 0; i < colours; ++i) put_little(out, i * 0x0a1b2c % 0x1000000, 4);
  out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

inline Bytes encode_ppm(const io::Image& picture) {
  Bytes out;
  put_text(out, "P6\n" + std::to_string(picture.width) + " " + std::to_string(picture.height) + "\n255\n");
  out.insert(out.end(), picture.rgb.begin(), picture.rgb.end());
  return out;
}

/// 16-bit grey, of `count` samples in a row or several.
inline Bytes encode_pgm16(int width, int height, const std::vector<std::uint16_t>& samples, int most = 65535) {
  Bytes out;
  put_text(out, "P5 " + std::to_string(width) + " " + std::to_string(height) + " " + std::to_string(most) + "\n");
  for (const std::uint16_t value : samples) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
  }
  return out;
}

namespace detail {
struct TiffMemory {
  Bytes bytes;
  std::size_t at = 0;
};
}  // namespace detail

/// What `write` writes with libtiff.
inline Bytes encode_tiff_with(const std::function<void(TIFF*)>& write) {
  using detail::TiffMemory;
  TiffMemory memory;
  const auto read_bytes = [](thandle_t handle, void* to, tmsize_t count) -> tmsize_t {
    auto* m = static_cast<TiffMemory*>(handle);
    const std::size_t n = std::min(static_cast<std::size_t>(count), m->bytes.size() - std::min(m->at, m->bytes.size()));
    std::memcpy(to, m->bytes.data() + m->at, n);
    m->at += n;
    return static_cast<tmsize_t>(n);
  };
  const auto write_bytes = [](thandle_t handle, void* from, tmsize_t count) -> tmsize_t {
    auto* m = static_cast<TiffMemory*>(handle);
    const auto n = static_cast<std::size_t>(count);
    m->bytes.resize(std::max(m->bytes.size(), m->at + n));
    std::memcpy(m->bytes.data() + m->at, from, n);
    m->at += n;
    return count;
  };
  const auto seek = [](thandle_t handle, toff_t offset, int whence) -> toff_t {
    auto* m = static_cast<TiffMemory*>(handle);
    m->at = static_cast<std::size_t>(whence == SEEK_SET   ? offset
                                     : whence == SEEK_CUR ? m->at + offset
                                                          : m->bytes.size() + offset);
    return m->at;
  };
  const auto close = [](thandle_t) { return 0; };
  const auto size = [](thandle_t handle) -> toff_t { return static_cast<TiffMemory*>(handle)->bytes.size(); };
  TIFF* tiff = TIFFClientOpen("memory", "w", &memory, read_bytes, write_bytes, seek, close, size, nullptr, nullptr);
  if (tiff == nullptr) std::abort();
  write(tiff);
  TIFFClose(tiff);
  return std::move(memory.bytes);
}

/// One page of `samples` (1: the first channel) of 8 bits. `tile`: tiles of so many pixels a side, 0: strips of 5 rows.
inline void write_tiff_page(TIFF* tiff, const io::Image& picture, int compression = COMPRESSION_NONE,
                            int photometric = PHOTOMETRIC_RGB, int tile = 0) {
  const auto width = static_cast<std::uint32_t>(picture.width), height = static_cast<std::uint32_t>(picture.height);
  const bool grey = photometric != PHOTOMETRIC_RGB && photometric != PHOTOMETRIC_YCBCR;
  const bool fax = compression == COMPRESSION_CCITTFAX4 || compression == COMPRESSION_CCITTFAX3 ||
                   compression == COMPRESSION_CCITTRLE;
  const int samples = grey ? 1 : 3;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, fax ? 1 : 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
  if (photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG)
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  const std::uint32_t across = tile > 0 ? static_cast<std::uint32_t>(tile) : width,
                      down = tile > 0                          ? static_cast<std::uint32_t>(tile)
                             : compression == COMPRESSION_JPEG ? 16
                                                               : 5;
  if (tile > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, across);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, down);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, down);
  }
  const std::size_t row = fax ? (across + 7) / 8 : std::size_t{across} * static_cast<std::size_t>(samples);
  std::uint32_t block = 0;
  for (std::uint32_t y = 0; y < height; y += down)
    for (std::uint32_t x = 0; x < width; x += across, ++block) {
      Bytes bytes(row * down);
      for (std::uint32_t by = 0; by < down && y + by < height; ++by)
        for (std::uint32_t bx = 0; bx < across && x + bx < width; ++bx)
          for (std::size_t c = 0; c < static_cast<std::size_t>(samples); ++c) {
            const std::uint8_t value = picture.rgb[3 * (std::size_t{y + by} * width + x + bx) + c];
            if (fax)
              bytes[by * row + bx / 8] =
                  static_cast<std::uint8_t>(bytes[by * row + bx / 8] | (value > 100 ? 128U >> (bx % 8) : 0U));
            else
              bytes[by * row + bx * static_cast<std::size_t>(samples) + c] = value;
          }
      const std::uint32_t rows = tile > 0 ? down : std::min(down, height - y);
      const auto size = static_cast<tmsize_t>(row * rows);
      const tmsize_t written = tile > 0 ? TIFFWriteEncodedTile(tiff, block, bytes.data(), size)
                                        : TIFFWriteEncodedStrip(tiff, block, bytes.data(), size);
      if (written != size) std::abort();
    }
}

inline Bytes encode_tiff(const io::Image& picture, int compression = COMPRESSION_NONE,
                         int photometric = PHOTOMETRIC_RGB, int tile = 0) {
  return encode_tiff_with([&](TIFF* tiff) { write_tiff_page(tiff, picture, compression, photometric, tile); });
}

/// Pages one after the other.
inline Bytes encode_tiff_pages(const std::vector<io::Image>& pages) {
  return encode_tiff_with([&](TIFF* tiff) {
    for (const io::Image& page : pages) {
      write_tiff_page(tiff, page);
      TIFFWriteDirectory(tiff);
    }
  });
}

/// Frames on a screen of the first one's size, each with the red channel as the index into a palette of 256 colours,
/// where colour i is (i, 255 - i, 7).
inline Bytes encode_gif(const std::vector<io::Image>& frames, bool interlaced = false) {
  Bytes out;
  const auto append = [](GifFileType* gif, const GifByteType* bytes, int count) {
    auto* to = static_cast<Bytes*>(gif->UserData);
    to->insert(to->end(), bytes, bytes + count);
    return count;
  };
  int error = 0;
  GifFileType* gif = EGifOpen(&out, append, &error);
  if (gif == nullptr) std::abort();
  EGifSetGifVersion(gif, true);
  std::vector<GifColorType> colours;
  for (int i = 0; i < 256; ++i)
    colours.push_back({static_cast<GifByteType>(i), static_cast<GifByteType>(255 - i), GifByteType{7}});
  ColorMapObject* map = GifMakeMapObject(256, colours.data());
  EGifPutScreenDesc(gif, frames.front().width, frames.front().height, 8, 0, map);
  for (const io::Image& frame : frames) {
    EGifPutImageDesc(gif, 0, 0, frame.width, frame.height, interlaced, nullptr);
    std::vector<int> rows;
    if (interlaced)
      for (const auto& [first, step] : {std::pair{0, 8}, {4, 8}, {2, 4}, {1, 2}})
        for (int y = first; y < frame.height; y += step) rows.push_back(y);
    else
      for (int y = 0; y < frame.height; ++y) rows.push_back(y);
    for (const int y : rows) {
      Bytes line;
      for (int x = 0; x < frame.width; ++x)
        line.push_back(frame.rgb[3 * static_cast<std::size_t>(y * frame.width + x)]);
      EGifPutLine(gif, line.data(), frame.width);
    }
  }
  EGifCloseFile(gif, &error);
  GifFreeMapObject(map);
  return out;
}

/// An animation of lossless pictures on a canvas of the first one's size.
inline Bytes encode_animated_webp(const std::vector<io::Image>& frames) {
  Bytes body;
  const auto chunk = [](Bytes& to, std::string_view name, const Bytes& bytes) {
    put_text(to, name);
    put_little(to, bytes.size(), 4);
    to.insert(to.end(), bytes.begin(), bytes.end());
    if (bytes.size() % 2 != 0) to.push_back(0);
  };
  const auto size_of = [](Bytes& to, const io::Image& picture) {
    put_little(to, static_cast<std::uint64_t>(picture.width - 1), 3);
    put_little(to, static_cast<std::uint64_t>(picture.height - 1), 3);
  };
  Bytes canvas{2, 0, 0, 0};  // it is an animation
  size_of(canvas, frames.front());
  put_text(body, "WEBP");
  chunk(body, "VP8X", canvas);
  chunk(body, "ANIM", {0xff, 0, 0xff, 0xff, 0, 0});
  for (const io::Image& frame : frames) {
    const Bytes still = encode_webp(frame);
    Bytes inner(6);  // at the left and the top
    size_of(inner, frame);
    put_little(inner, 40, 3);
    inner.push_back(0);
    inner.insert(inner.end(), still.begin() + 12, still.end());  // its chunks
    chunk(body, "ANMF", inner);
  }
  Bytes out;
  chunk(out, "RIFF", body);
  return out;
}

}  // namespace tuneit::test
