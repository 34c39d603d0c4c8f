#pragma once
// How is a picture turned as its EXIF orientation says?
#include <filesystem>

#include "tuneit/io/image/exif.hpp"
#include "tuneit/io/image/image.hpp"
#include "tuneit/io/image/turned.hpp"

namespace tuneit::io {

/// read_image of a picture that is turned as its EXIF orientation says; `part` is one of the turned picture. Where
/// there is something to turn, all of it is decoded, and at its full size if a part is wanted.
inline Image read_upright(const std::filesystem::path& path, const ImageLimits& limits = {}, const PartOf& part = {},
                          int least = 0, ImageFacts* facts = nullptr) {
  const FileBytes bytes = image_bytes(path, limits);
  const int orientation = exif_orientation(bytes);
  if (orientation == 1) return decode_image(bytes, path.string(), limits, part, least, facts);
  return detail::cut(upright(decode_image(bytes, path.string(), limits, {}, part ? 0 : least, facts), orientation),
                     part);
}

}  // namespace tuneit::io
