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
#include "tuneit/io/image/image_format.hpp"
#include "tuneit/io/image/image_types.hpp"
#include "tuneit/io/image/jpeg.hpp"
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
/// ErrorKind::Data with `name` when the file is empty, damaged, cut short, too large or of another format. `part`: only
/// this rectangle of it, the same bytes as cut out of the whole, in less time; damage outside of it is found as well.
/// `least`, if not 0: a JPEG may be decoded at a half, a quarter or an eighth of its size, in much less time, as long
/// as no side of the part (or of the whole) has fewer pixels; pixels are then means of several.
inline Image decode_image(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits = {},
                          const PartOf& part = {}, int least = 0, ImageFacts* facts = nullptr) {
  if (file.empty()) detail::bad_image(name, "the file is empty.", "Restore the file from its source, or remove it.");
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  if (facts != nullptr) facts->further = further_images(file);
  switch (image_format(bytes)) {
    case ImageFormat::Jpeg:
      return detail::decode_jpeg(file, name, limits, part, least);
    case ImageFormat::Png:
      return detail::decode_png(file, name, limits, part, facts);
    case ImageFormat::WebP:
      return detail::decode_webp(file, name, limits, part);
    case ImageFormat::Bmp:
      return detail::decode_bmp(file, name, limits, part);
    case ImageFormat::Tiff:
      return detail::decode_tiff(file, name, limits, part, facts);
    case ImageFormat::Gif:
      return detail::decode_gif(file, name, limits, part);
    case ImageFormat::Pnm:
      return detail::decode_pnm(file, name, limits, part, facts);
    case ImageFormat::Other:
      break;
  }
  detail::bad_image(name, "it is " + detail::other_format(bytes) + ".",
                    "Pictures must be JPEG, PNG, WebP, BMP, TIFF, GIF or PNM files; convert this one, or remove it.");
}

using FileBytes = std::vector<std::byte, Uninitialised<std::byte>>;

/// All bytes of one file. Throws ErrorKind::Io or ErrorKind::Data (see InputFile) where it is missing, unreadable, no
/// regular file or too large; it never waits for a pipe.
inline FileBytes image_bytes(const std::filesystem::path& path, const ImageLimits& limits = {}) {
  const InputFile file(path, ErrorKind::Data);
  if (file.size() > limits.file_bytes)
    detail::bad_image(path.string(), "the file has " + std::to_string(file.size()) + " bytes, more than the " +
                                         std::to_string(limits.file_bytes) + " that are accepted.");
  FileBytes bytes(static_cast<std::size_t>(file.size()));
  file.read(0, bytes);
  return bytes;
}

/// Reads and decodes one file. Throws what image_bytes and decode_image throw.
inline Image read_image(const std::filesystem::path& path, const ImageLimits& limits = {}, const PartOf& part = {},
                        int least = 0, ImageFacts* facts = nullptr) {
  return decode_image(image_bytes(path, limits), path.string(), limits, part, least, facts);
}

}  // namespace tuneit::io
