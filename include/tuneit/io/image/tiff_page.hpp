#pragma once
// Of what kind are the pixels of a TIFF's page, and can they be read? (libtiff 4.5 or newer)
#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tiffio.h>

#include "tuneit/io/image/image_types.hpp"

namespace tuneit::io::detail {

[[noreturn]] inline void bad_tiff(const std::string& name, const std::string& why, const std::string& mend = {}) {
  bad_image(name, why, mend.empty() ? "Restore the file from its source, or remove it." : mend);
}

/// The bytes that libtiff reads, and what it says. Its own handlers would print.
struct TiffJob {
  std::span<const std::byte> file;
  std::uint64_t at = 0;
  bool decoding = false;  ///< what is said now is of pixels
  bool damaged = false;   ///< pixels were lost
  std::array<char, 200> message{};

  [[gnu::format(printf, 2, 0)]] void says(const char* format, std::va_list values) {
    if (message[0] == '\0') std::vsnprintf(message.data(), message.size(), format, values);
  }
};

[[gnu::format(printf, 4, 0)]] inline int tiff_error(TIFF*, void* user, const char*, const char* format,
                                                    std::va_list values) {
  auto* job = static_cast<TiffJob*>(user);
  job->damaged = job->damaged || job->decoding;
  job->says(format, values);
  return 1;  // nobody else need hear of it
}

/// Warnings of the decoders of JPEG and of fax mean pixels that were made up; all others cost none.
[[gnu::format(printf, 4, 0)]] inline int tiff_warning(TIFF*, void* user, const char* module, const char* format,
                                                      std::va_list values) {
  auto* job = static_cast<TiffJob*>(user);
  if (!job->decoding || module == nullptr) return 1;
  const std::string_view from = module;
  if (!from.starts_with("JPEG") && !from.starts_with("Fax")) return 1;
  std::array<char, 200> text{};
  std::vsnprintf(text.data(), text.size(), format, values);
  const std::string_view said = text.data();
  // "extraneous bytes before marker", "strip size exceeds expected dimensions"
  if (said.find("extraneous") != said.npos || said.find("exceeds expected") != said.npos) return 1;
  job->damaged = true;
  if (job->message[0] == '\0') job->message = text;
  return 1;
}

inline tmsize_t tiff_take(thandle_t handle, void* to, tmsize_t count) {
  auto* job = static_cast<TiffJob*>(handle);
  if (job->at >= job->file.size() || count <= 0) return 0;
  const std::size_t taken =
      std::min(static_cast<std::size_t>(count), job->file.size() - static_cast<std::size_t>(job->at));
  std::memcpy(to, job->file.data() + job->at, taken);
  job->at += taken;
  return static_cast<tmsize_t>(taken);
}
inline tmsize_t tiff_give(thandle_t, void*, tmsize_t) { return 0; }
inline toff_t tiff_seek(thandle_t handle, toff_t offset, int whence) {
  auto* job = static_cast<TiffJob*>(handle);
  job->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? job->at + offset : job->file.size() + offset;
  return job->at;
}
inline int tiff_close(thandle_t) { return 0; }
inline toff_t tiff_size(thandle_t handle) { return static_cast<TiffJob*>(handle)->file.size(); }

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using OpenTiff = std::unique_ptr<TIFF, CloseTiff>;

/// `job` must outlive what is returned; nothing where the header or the first directory cannot be read. libtiff asks
/// for at most `most_bytes` at once.
inline OpenTiff open_tiff(TiffJob& job, std::uint64_t most_bytes) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 TIFFOpenOptionsFree);
  if (!options) return {};
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<tmsize_t>::max());
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(std::min(most, most_bytes)));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), tiff_error, &job);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), tiff_warning, &job);
  return OpenTiff(TIFFClientOpenExt("a TIFF", "rm", &job, tiff_take, tiff_give, tiff_seek, tiff_close, tiff_size,
                                    nullptr, nullptr, options.get()));
}

/// What the tags of a page say of its pixels.
struct TiffPage {
  std::uint32_t width = 0, height = 0;
  std::uint16_t bits = 1, samples = 1, photometric = PHOTOMETRIC_MINISWHITE, compression = COMPRESSION_NONE;
  std::uint16_t planar = PLANARCONFIG_CONTIG, format = SAMPLEFORMAT_UINT, orientation = ORIENTATION_TOPLEFT;
  std::uint16_t across = 1, down = 1;  ///< pixels a sample of colour, of YCbCr
  bool tiled = false, alpha_is_multiplied = false;
  bool raw_of_camera = false;  ///< a DNG, or a preview whose picture lies in a directory below it (NEF, ARW)

  [[nodiscard]] bool grey() const {
    return photometric == PHOTOMETRIC_MINISWHITE || photometric == PHOTOMETRIC_MINISBLACK || (ycbcr() && samples == 1);
  }
  [[nodiscard]] bool ycbcr() const { return photometric == PHOTOMETRIC_YCBCR; }
  [[nodiscard]] bool separate() const { return planar == PLANARCONFIG_SEPARATE && samples > 1; }
};

inline TiffPage read_tiff_page(TIFF* tiff) {
  TiffPage page;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page.height);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &page.photometric);  // without it 0 is white, as in Pillow
  for (const auto& [tag, value] : {std::pair{TIFFTAG_BITSPERSAMPLE, &page.bits},
                                   {TIFFTAG_SAMPLESPERPIXEL, &page.samples},
                                   {TIFFTAG_COMPRESSION, &page.compression},
                                   {TIFFTAG_PLANARCONFIG, &page.planar},
                                   {TIFFTAG_SAMPLEFORMAT, &page.format},
                                   {TIFFTAG_ORIENTATION, &page.orientation}})
    TIFFGetFieldDefaulted(tiff, static_cast<std::uint32_t>(tag), value);
  std::uint16_t extra = 0;
  const std::uint16_t* kinds = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extra, &kinds) == 1 && extra > 0 && kinds != nullptr)
    page.alpha_is_multiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  if (page.ycbcr()) TIFFGetFieldDefaulted(tiff, TIFFTAG_YCBCRSUBSAMPLING, &page.across, &page.down);
  page.tiled = TIFFIsTiled(tiff) != 0;
  std::uint32_t kind = 0;
  std::uint16_t below = 0;
  const toff_t* directories = nullptr;
  const std::uint8_t* version = nullptr;
  page.raw_of_camera = TIFFGetField(tiff, TIFFTAG_DNGVERSION, &version) == 1 ||
                       (TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind) == 1 && (kind & FILETYPE_REDUCEDIMAGE) != 0 &&
                        TIFFGetField(tiff, TIFFTAG_SUBIFD, &below, &directories) == 1 && below > 0);
  return page;
}

/// Why such pixels are not read; empty: they are. These are the kinds that Pillow reads and gives sense, and more
/// depths of grey.
inline std::string tiff_refusal(const TiffPage& page) {
  const std::string each = std::to_string(page.bits) + " bits a sample", of = std::to_string(page.samples) + " samples";
  switch (page.compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_CCITTRLEW:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD:
    case COMPRESSION_WEBP:
      if (TIFFIsCODECConfigured(page.compression) == 0)
        return "compression " + std::to_string(page.compression) + ", which this libtiff was built without";
      break;
    default:
      return "compression " + std::to_string(page.compression);
  }
  if (page.format == SAMPLEFORMAT_IEEEFP) return each + " of floating point, whose range is not known";
  if (page.format == SAMPLEFORMAT_COMPLEXINT || page.format == SAMPLEFORMAT_COMPLEXIEEEFP) return "complex samples";
  if (page.bits > 16) return each + ", whose range is not known";
  if (page.format == SAMPLEFORMAT_INT && page.bits != 8 && page.bits != 16) return each + " with a sign";
  if (page.raw_of_camera) return "raw data of a camera, of which the first page is a small preview";
  if (page.bits == 16 && page.samples > 4) return of + " of 16 bits";
  const bool bytes = page.bits == 8 || page.bits == 16;
  switch (page.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      if (page.samples > 2) return of + " of grey";
      if (page.samples == 2 && !bytes) return of + " of " + each;
      return page.bits == 0 || page.bits == 3 || (page.bits > 4 && page.bits < 8) ? each : "";
    case PHOTOMETRIC_RGB:
      return page.samples < 3 || page.samples > 6 || !bytes ? of + " of RGB of " + each : "";
    case PHOTOMETRIC_SEPARATED:
      return page.samples < 4 || page.samples > 6 || !bytes ? of + " of ink of " + each : "";
    case PHOTOMETRIC_PALETTE:
      if (page.samples > 2 || (page.samples == 2 && page.bits != 8)) return of + " with a palette";
      return page.bits == 1 || page.bits == 2 || page.bits == 4 || page.bits == 8 ? "" : each + " with a palette";
    case PHOTOMETRIC_YCBCR:
      return (page.samples != 3 && page.samples != 1) || page.bits != 8 ? of + " of YCbCr of " + each : "";
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB:
      return "CIE L*a*b* colours";
    case PHOTOMETRIC_CFA:
    case 34892:  // linear raw
      return "raw data of a camera";
    default:
      return "pixels of kind " + std::to_string(page.photometric);
  }
}

}  // namespace tuneit::io::detail
