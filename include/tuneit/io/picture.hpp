#pragma once
// Which pixels does a picture file hold? JPEG, PNG and WebP, recognised by their first bytes, never by their names.
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/jpeg.hpp"
#include "tuneit/io/picture_types.hpp"
#include "tuneit/io/png.hpp"
#include "tuneit/io/webp.hpp"

namespace tuneit::io {

enum class PictureFormat { Jpeg, Png, WebP, Other };

namespace detail {

inline bool has_at(std::string_view bytes, std::size_t at, std::string_view magic) {
  return bytes.size() >= at + magic.size() && bytes.substr(at, magic.size()) == magic;
}

/// Name of a format that is not supported, for the error.
inline std::string other_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (has_at(bytes, 0, "GIF87a") || has_at(bytes, 0, "GIF89a")) return "a GIF";
  if (has_at(bytes, 0, "II*\0"sv) || has_at(bytes, 0, "MM\0*"sv)) return "a TIFF";
  if (has_at(bytes, 4, "ftyp")) {
    if (has_at(bytes, 8, "avif") || has_at(bytes, 8, "avis")) return "an AVIF";
    return has_at(bytes, 8, "hei") || has_at(bytes, 8, "hev") || has_at(bytes, 8, "mif1") ? "a HEIC" : "an MP4";
  }
  if (has_at(bytes, 0, "\xff\x0a"sv) || has_at(bytes, 4, "JXL ")) return "a JPEG XL";
  if (has_at(bytes, 4, "jP  ") || has_at(bytes, 0, "\xff\x4f\xff\x51"sv)) return "a JPEG 2000";
  if (has_at(bytes, 0, "BM")) return "a BMP";
  if (has_at(bytes, 0, "%PDF")) return "a PDF";
  if (has_at(bytes, 0, "8BPS")) return "a Photoshop file";
  if (has_at(bytes, 0, "PK\x03\x04")) return "a ZIP archive";
  if (has_at(bytes, 0, "\x1f\x8b")) return "a gzip archive";
  if (has_at(bytes, 0, "version https://git-lfs")) return "a git-LFS pointer (the picture itself was not downloaded)";
  if (bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6') return "a PNM";
  std::size_t text = has_at(bytes, 0, "\xef\xbb\xbf") ? 3 : 0;
  while (text < bytes.size() && (bytes[text] == ' ' || bytes[text] == '\n' || bytes[text] == '\r')) ++text;
  if (has_at(bytes, text, "<svg") || has_at(bytes, text, "<?xml")) return "an SVG or XML file";
  if (has_at(bytes, text, "<")) return "an HTML page (a download that failed?)";
  return "not a picture that is known";
}

}  // namespace detail

/// The format of a file by its first bytes (12 are enough).
inline PictureFormat picture_format(std::string_view bytes) {
  if (detail::has_at(bytes, 0, "\xff\xd8\xff")) return PictureFormat::Jpeg;
  if (detail::has_at(bytes, 0, "\x89PNG\r\n\x1a\n")) return PictureFormat::Png;
  if (detail::has_at(bytes, 0, "RIFF") && detail::has_at(bytes, 8, "WEBP")) return PictureFormat::WebP;
  return PictureFormat::Other;
}

/// Decodes the bytes of one file. Equal to Pillow's `Image.open(f).convert("RGB")` bit for bit (for JPEG if Pillow
/// bundles the same libjpeg-turbo). EXIF orientation is not applied, as in torchvision's loader.
/// Throws Fault::Data with `name` when the file is empty, damaged, cut short, too large or of another format.
/// `part`: only this rectangle of it, the same bytes as cut out of the whole, in less time; damage outside of it is
/// found as well. `least`, if not 0: a JPEG may be decoded at a half, a quarter or an eighth of its size, in much less
/// time, as long as no side of the part (or of the whole) has fewer pixels; pixels are then means of several.
inline Picture decode_picture(std::span<const std::byte> file, const std::string& name,
                              const PictureLimits& limits = {}, const PartOf& part = {}, int least = 0) {
  if (file.empty()) detail::bad_picture(name, "the file is empty.", "Restore the file from its source, or remove it.");
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  switch (picture_format(bytes)) {
    case PictureFormat::Jpeg:
      return detail::decode_jpeg(file, name, limits, part, least);
    case PictureFormat::Png:
      return detail::decode_png(file, name, limits, part);
    case PictureFormat::WebP:
      return detail::decode_webp(file, name, limits, part);
    case PictureFormat::Other:
      break;
  }
  detail::bad_picture(name, "it is " + detail::other_format(bytes) + ".",
                      "Pictures must be JPEG, PNG or WebP files; convert or remove this one.");
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
                            const PartOf& part = {}, int least = 0) {
  return decode_picture(picture_bytes(path, limits), path.string(), limits, part, least);
}

}  // namespace tuneit::io
