#pragma once
// Which pixels does a picture file hold? JPEG, PNG, WebP, BMP, TIFF, GIF and PNM, recognised by their first bytes,
// never by their names.
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/image/bmp.hpp"
#include "tuneit/io/image/deep_grey.hpp"
#include "tuneit/io/image/further.hpp"
#include "tuneit/io/image/gif.hpp"
#include "tuneit/io/image/jpeg.hpp"
#include "tuneit/io/image/picture_format.hpp"
#include "tuneit/io/image/picture_types.hpp"
#include "tuneit/io/image/png.hpp"
#include "tuneit/io/image/pnm.hpp"
#include "tuneit/io/image/tiff.hpp"
#include "tuneit/io/image/webp.hpp"
#include "tuneit/io/input_file.hpp"

namespace tuneit::io {

/// Decodes the bytes of one file, the first frame or page of several. Equal to Pillow's `Image.open(f).convert("RGB")`
/// bit for bit (for JPEG if Pillow bundles the same libjpeg-turbo), but for grey of more than 8 bits, which is scaled
/// by its range (white_sample) and not cut at 255; `facts`, if not null, says how, and what else is in the file. EXIF
/// orientation is not applied, as in torchvision's loader; a TIFF's own orientation is, as Pillow does. Throws
/// Fault::Data with `name` when the file is empty, damaged, cut short, too large or of another format. `part`: only
/// this rectangle of it, the same bytes as cut out of the whole, in less time; damage outside of it is found as well.
/// `least`, if not 0: a JPEG may be decoded at a half, a quarter or an eighth of its size, in much less time, as long
/// as no side of the part (or of the whole) has fewer pixels; pixels are then means of several.
inline Picture decode_picture(std::span<const std::byte> file, const std::string& name,
                              const PictureLimits& limits = {}, const PartOf& part = {}, int least = 0,
                              PictureFacts* facts = nullptr) {
  if (file.empty()) detail::bad_picture(name, "the file is empty.", "Restore the file from its source, or remove it.");
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  if (facts != nullptr) facts->further = further_pictures(file);
  switch (picture_format(bytes)) {
    case PictureFormat::Jpeg:
      return detail::decode_jpeg(file, name, limits, part, least);
    case PictureFormat::Png:
      return detail::decode_png(file, name, limits, part, facts);
    case PictureFormat::WebP:
      return detail::decode_webp(file, name, limits, part);
    case PictureFormat::Bmp:
      return detail::decode_bmp(file, name, limits, part);
    case PictureFormat::Tiff:
      return detail::decode_tiff(file, name, limits, part, facts);
    case PictureFormat::Gif:
      return detail::decode_gif(file, name, limits, part);
    case PictureFormat::Pnm:
      return detail::decode_pnm(file, name, limits, part, facts);
    case PictureFormat::Other:
      break;
  }
  detail::bad_picture(name, "it is " + detail::other_format(bytes) + ".",
                      "Pictures must be JPEG, PNG, WebP, BMP, TIFF, GIF or PNM files; convert this one, or remove it.");
}

using FileBytes = std::vector<std::byte, Uninitialised<std::byte>>;

/// All bytes of one file. Throws Fault::Io or Fault::Data (see InputFile) where it is missing, unreadable, no regular
/// file or too large; it never waits for a pipe.
inline FileBytes picture_bytes(const std::filesystem::path& path, const PictureLimits& limits = {}) {
  const InputFile file(path, Fault::Data);
  if (file.size() > limits.file_bytes)
    detail::bad_picture(path.string(), "the file has " + std::to_string(file.size()) + " bytes, more than the " +
                                           std::to_string(limits.file_bytes) + " that are accepted.");
  FileBytes bytes(static_cast<std::size_t>(file.size()));
  file.read(0, bytes);
  return bytes;
}

/// Reads and decodes one file. Throws what picture_bytes and decode_picture throw.
inline Picture read_picture(const std::filesystem::path& path, const PictureLimits& limits = {},
                            const PartOf& part = {}, int least = 0, PictureFacts* facts = nullptr) {
  return decode_picture(picture_bytes(path, limits), path.string(), limits, part, least, facts);
}

}  // namespace tuneit::io
