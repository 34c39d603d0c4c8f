#pragma once
// Which kind of picture is a file, by its first bytes? Those that are decoded (see image.hpp), and the names of
// others.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tuneit/meta/ascii.hpp"

namespace tuneit::io {

/// Other: not decoded; detail::other_format says what it is.
enum class ImageFormat { Jpeg, Png, WebP, Bmp, Tiff, Gif, Pnm, Other };

namespace detail {

inline bool has_at(std::string_view bytes, std::size_t at, std::string_view magic) {
  return bytes.size() >= at + magic.size() && bytes.substr(at, magic.size()) == magic;
}

/// "BM" and a header of a length that is in use: other files begin with these letters, too.
inline bool is_bmp(std::string_view bytes) {
  if (!has_at(bytes, 0, "BM")) return false;
  constexpr std::uint8_t lengths[] = {12, 40, 52, 56, 64, 108, 124};
  const auto known = [&](std::uint8_t length) { return static_cast<std::uint8_t>(bytes[14]) == length; };
  return bytes.size() < 18 || (std::any_of(std::begin(lengths), std::end(lengths), known) && bytes[15] == 0 &&
                               bytes[16] == 0 && bytes[17] == 0);
}

/// P1 to P6, a blank (or a comment), and a number after blanks and comments, as far as there are bytes to tell.
inline bool is_pnm(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != 'P' || bytes[1] < '1' || bytes[1] > '6') return false;
  if (!is_ascii_space(bytes[2]) && bytes[2] != '#') return false;
  std::size_t at = 2;
  while (at < bytes.size() && (is_ascii_space(bytes[at]) || bytes[at] == '#')) {
    if (bytes[at] == '#')
      while (at < bytes.size() && bytes[at] != '\n' && bytes[at] != '\r') ++at;
    else
      ++at;
  }
  return at >= bytes.size() || (bytes[at] >= '0' && bytes[at] <= '9');
}

/// Name of what is not decoded, with its article, for messages. "not a picture that is known" for what may be anything.
inline std::string other_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (has_at(bytes, 4, "ftyp")) {
    if (has_at(bytes, 8, "avif") || has_at(bytes, 8, "avis")) return "an AVIF";
    return has_at(bytes, 8, "hei") || has_at(bytes, 8, "hev") || has_at(bytes, 8, "mif1") ? "a HEIC" : "an MP4";
  }
  if (has_at(bytes, 0, "\xff\x0a"sv) || has_at(bytes, 4, "JXL ")) return "a JPEG XL";
  if (has_at(bytes, 4, "jP  ") || has_at(bytes, 0, "\xff\x4f\xff\x51"sv)) return "a JPEG 2000";
  if (has_at(bytes, 0, "%PDF")) return "a PDF";
  if (has_at(bytes, 0, "8BPS")) return "a Photoshop file";
  if (has_at(bytes, 0, "PK\x03\x04")) return "a ZIP archive";
  if (has_at(bytes, 0, "\x1f\x8b")) return "a gzip archive";
  if (has_at(bytes, 0, "version https://git-lfs")) return "a git-LFS pointer (the picture itself was not downloaded)";
  if (has_at(bytes, 0, "P7\n") || has_at(bytes, 0, "PF\n") || has_at(bytes, 0, "Pf\n")) return "a PAM or PFM";
  if (has_at(bytes, 0, "\0\0\1\0"sv)) return "an icon (ICO)";
  if (has_at(bytes, 128, "DICM")) return "a DICOM file";
  std::size_t text = has_at(bytes, 0, "\xef\xbb\xbf") ? 3 : 0;
  while (text < bytes.size() && (bytes[text] == ' ' || bytes[text] == '\n' || bytes[text] == '\r')) ++text;
  if (has_at(bytes, text, "<svg") || has_at(bytes, text, "<?xml")) return "an SVG or XML file";
  if (has_at(bytes, text, "<")) return "an HTML page (a download that failed?)";
  return "not a picture that is known";
}

}  // namespace detail

/// The format of a file by its first bytes: 18 are enough but for a PNM whose comments come first (512 suffice).
inline ImageFormat image_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  const auto begins = [bytes](std::string_view magic) { return detail::has_at(bytes, 0, magic); };
  if (begins("\xff\xd8\xff")) return ImageFormat::Jpeg;
  if (begins("\x89PNG\r\n\x1a\n")) return ImageFormat::Png;
  if (begins("RIFF") && detail::has_at(bytes, 8, "WEBP")) return ImageFormat::WebP;
  if (begins("GIF87a") || begins("GIF89a")) return ImageFormat::Gif;
  if (begins("II*\0"sv) || begins("MM\0*"sv) || begins("II+\0"sv) || begins("MM\0+"sv)) return ImageFormat::Tiff;
  if (detail::is_bmp(bytes)) return ImageFormat::Bmp;
  if (detail::is_pnm(bytes)) return ImageFormat::Pnm;
  return ImageFormat::Other;
}

}  // namespace tuneit::io
