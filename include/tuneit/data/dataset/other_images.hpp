#pragma once
// What is a file that has no name of a picture: a picture all the same, one of a kind that is not read, or none?
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tuneit/data/dataset/files.hpp"
#include "tuneit/io/image/image_format.hpp"
#include "tuneit/io/input_file.hpp"

namespace tuneit::data {

/// `readable`: it is decoded. Else `kind` names the kind of picture (or film) that it is, and is empty for all others.
struct FileKind {
  bool readable = false;
  std::string kind{};
};

/// By its first 512 bytes; the name only tells pictures of cameras from TIFF, of which they are made, and helps with
/// kinds that have no mark of their own.
inline FileKind file_kind(std::string_view bytes, std::string_view name) {
  using namespace std::string_view_literals;
  using io::detail::has_at;
  const std::size_t dot = name.rfind('.');
  const std::string extension = dot == std::string_view::npos ? "" : ascii_lower(std::string(name.substr(dot)));
  constexpr std::array<std::string_view, 10> cameras{".cr2", ".nef", ".dng", ".arw", ".orf",
                                                     ".rw2", ".pef", ".srw", ".nrw", ".raf"};
  if (std::find(cameras.begin(), cameras.end(), extension) != cameras.end()) return {false, "camera RAW"};
  if (io::image_format(bytes) != io::ImageFormat::Other) return {true};
  if (has_at(bytes, 0, "\x76\x2f\x31\x01"sv)) return {false, "OpenEXR"};
  if (has_at(bytes, 0, "#?RADIANCE")) return {false, "Radiance HDR"};
  if (has_at(bytes, 0, "\x1a\x45\xdf\xa3"sv) || (has_at(bytes, 0, "RIFF") && has_at(bytes, 8, "AVI ")))
    return {false, "video"};
  if (bytes.find("<svg") != std::string_view::npos || extension == ".svg") return {false, "SVG"};
  const std::string other = io::detail::other_format(bytes);
  if (other == "an MP4") return {false, has_at(bytes, 8, "M4A") ? "" : "video"};
  constexpr std::array<std::array<std::string_view, 2>, 7> pictures{{{"an AVIF", "AVIF"},
                                                                     {"a HEIC", "HEIC"},
                                                                     {"a JPEG XL", "JPEG XL"},
                                                                     {"a JPEG 2000", "JPEG 2000"},
                                                                     {"a Photoshop file", "Photoshop"},
                                                                     {"a PAM or PFM", "PAM or PFM"},
                                                                     {"a DICOM file", "DICOM"}}};
  for (const auto& [said, kind] : pictures)
    if (other == said) return {false, std::string(kind)};
  if (extension == ".ico" && other == "an icon (ICO)") return {false, "ICO"};
  return {};
}

/// The same of a file, which is opened once. What cannot be read is none.
inline FileKind kind_of_file(const std::string& path, std::string_view name) {
  try {
    const io::InputFile file(path, ErrorKind::Data);
    std::array<char, 512> begin{};
    const std::size_t size = std::min<std::size_t>(begin.size(), file.size());
    file.read(0, std::as_writable_bytes(std::span(begin.data(), size)));
    return file_kind({begin.data(), size}, name);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace tuneit::data
