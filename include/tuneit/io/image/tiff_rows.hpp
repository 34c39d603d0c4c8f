#pragma once
// How do the samples of a TIFF's rows become RGB bytes, as Pillow makes them?
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tuneit/io/image/grey.hpp"
#include "tuneit/io/image/tiff_page.hpp"

namespace tuneit::io::detail {

/// A row as libtiff gives it: samples side by side, or each in a plane of its own.
class TiffRow {
 public:
  TiffRow(const TiffPage& page, std::array<const std::uint8_t*, 4> planes) : page_(&page), planes_(planes) {}

  /// The first plane's bytes.
  [[nodiscard]] const std::uint8_t* bytes() const { return planes_[0]; }
  /// In this machine's order of bytes.
  [[nodiscard]] std::uint32_t sample(std::size_t x, std::size_t which) const {
    const std::uint8_t* row = planes_[page_->separate() ? which : 0];
    const std::size_t at = page_->separate() ? x : x * page_->samples + which;
    if (page_->bits == 8) return row[at];
    if (page_->bits == 16) {
      std::uint16_t value = 0;
      std::memcpy(&value, row + 2 * at, 2);
      return value;
    }
    std::uint32_t value = 0;  // packed, the highest bit first
    for (std::size_t bit = at * page_->bits; bit < (at + 1) * page_->bits; ++bit)
      value = value << 1U | (static_cast<std::uint32_t>(row[bit / 8]) >> (7 - bit % 8) & 1U);
    return value;
  }
  /// The high byte of 16 bits, as Pillow takes it of colours.
  [[nodiscard]] std::uint32_t byte(std::size_t x, std::size_t which) const {
    return page_->bits == 16 ? sample(x, which) >> 8U : sample(x, which);
  }

 private:
  const TiffPage* page_;
  std::array<const std::uint8_t*, 4> planes_;
};

using TiffPalette = std::array<std::array<std::uint8_t, 3>, 256>;

inline std::uint8_t clipped_byte(std::int64_t value) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(value, 0, 255));
}

/// A colour that was multiplied with its alpha, as it was before (Pillow's unpackRGBa).
inline std::uint8_t divided_by_alpha(std::uint32_t colour, std::uint32_t alpha) {
  return alpha == 0 ? std::uint8_t{0} : clipped_byte(std::int64_t{colour} * 255 / alpha);
}

/// Pillow's conversion of YCbCr (libImaging/ConvertYCbCr.c): tables of 1/64.
inline void ycbcr_to_rgb(std::int64_t y, std::int64_t cb, std::int64_t cr, std::uint8_t* rgb) {
  const auto entry = [](double factor, std::int64_t value) {
    return static_cast<std::int64_t>(factor * static_cast<double>(value - 128) * 64.0 + 0.5);
  };
  rgb[0] = clipped_byte(y + (entry(1.402, cr) >> 6));
  rgb[1] = clipped_byte(y + ((entry(-0.34414, cb) + entry(-0.71414, cr)) >> 6));
  rgb[2] = clipped_byte(y + (entry(1.772, cb) >> 6));
}

/// Grey of up to 8 bits, palettes, RGB, CMYK, YCbCr without shared samples; `width` pixels from the row's first on.
inline void tiff_row_to_rgb(const TiffPage& page, const TiffRow& row, const TiffPalette& palette, std::size_t width,
                            std::uint8_t* rgb) {
  const bool whole_bytes = page.bits == 8 && (page.samples == 1 || page.samples == 3) && !page.separate();
  if (page.grey()) {
    if (whole_bytes && page.photometric != PHOTOMETRIC_MINISWHITE) return grey_to_rgb(row.bytes(), width, rgb);
    const std::uint32_t white = (1U << page.bits) - 1, scale = 255 / white;
    for (std::size_t x = 0; x < width; ++x) {
      std::uint32_t value = row.sample(x, 0);
      if (page.alpha_is_multiplied && page.samples == 2)
        if (const std::uint32_t alpha = row.sample(x, 1); alpha != 0) value = divided_by_alpha(value, alpha);
      if (page.photometric == PHOTOMETRIC_MINISWHITE) value = white - value;
      std::memset(rgb + 3 * x, static_cast<int>(value * scale), 3);
    }
  } else if (page.photometric == PHOTOMETRIC_PALETTE) {
    for (std::size_t x = 0; x < width; ++x) copy_pixel(rgb + 3 * x, palette[row.sample(x, 0)].data());
  } else if (page.photometric == PHOTOMETRIC_SEPARATED) {
    for (std::size_t x = 0; x < width; ++x) {
      const int white = 255 - static_cast<int>(row.byte(x, 3));
      for (std::size_t c = 0; c < 3; ++c) {
        const int product = static_cast<int>(row.byte(x, c)) * white + 128;
        rgb[3 * x + c] = static_cast<std::uint8_t>(white - ((product + (product >> 8)) >> 8));
      }
    }
  } else if (page.ycbcr() && page.compression != COMPRESSION_JPEG) {
    for (std::size_t x = 0; x < width; ++x)
      ycbcr_to_rgb(row.sample(x, 0), row.sample(x, 1), row.sample(x, 2), rgb + 3 * x);
  } else if (whole_bytes) {
    std::memcpy(rgb, row.bytes(), 3 * width);
  } else {
    const bool divide = page.alpha_is_multiplied && page.samples > 3;
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < 3; ++c) {
        const std::uint32_t value = row.byte(x, c);
        rgb[3 * x + c] = divide ? divided_by_alpha(value, row.byte(x, 3)) : static_cast<std::uint8_t>(value);
      }
  }
}

}  // namespace tuneit::io::detail
