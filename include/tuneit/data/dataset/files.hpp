#pragma once
// Which files are taken for pictures by their names, and which are not looked at?
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "tuneit/meta/ascii.hpp"

namespace tuneit::data {

using io::ascii_lower;

/// Extensions of pictures that are decoded, in the order in which they are looked for.
inline constexpr std::array<std::string_view, 15> image_extensions{".jpg", ".jpeg", ".png", ".webp", ".jfif",
                                                                   ".jpe", ".bmp",  ".dib", ".tif",  ".tiff",
                                                                   ".ppm", ".pgm",  ".pbm", ".pnm",  ".gif"};

/// By extension (one of image_extensions, in any case): nothing is opened.
inline bool has_image_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot > 5) return false;
  const std::string extension = ascii_lower(std::string(name.substr(dot)));
  return std::find(image_extensions.begin(), image_extensions.end(), extension) != image_extensions.end();
}

/// Hidden files and folders, and the folder that macOS puts into archives.
inline bool is_hidden(std::string_view name) { return name.empty() || name.front() == '.' || name == "__MACOSX"; }

}  // namespace tuneit::data
