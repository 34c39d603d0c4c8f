#pragma once
// How do RGB bytes become a PNG? (libpng 1.6)
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <png.h>

#include "tuneit/io/atomic_file.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::io {

/// The bytes of a PNG file, 8 bits a channel. Throws Error(ErrorKind::Data) for a picture without pixels, or whose
/// bytes are not 3 x width x height.
inline std::vector<std::byte> encode_png(const Image& picture) {
  if (picture.width <= 0 || picture.height <= 0) detail::bad_image("to be written", "it has no pixels.");
  if (picture.rgb.size() != 3 * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height))
    detail::bad_image("to be written", "its bytes do not fit its size.");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::vector<std::byte> file;
  // The first call counts the bytes.
  bool good = png_image_write_to_memory(&image, nullptr, &size, 0, picture.rgb.data(), 0, nullptr) != 0;
  if (good) {
    file.resize(size);
    good = png_image_write_to_memory(&image, file.data(), &size, 0, picture.rgb.data(), 0, nullptr) != 0;
  }
  if (!good) detail::bad_image("to be written", std::string("libpng says ") + image.message + ".");
  file.resize(size);
  return file;
}

/// Writes the file at once, see atomic_write. Throws also Error(ErrorKind::Io).
inline void write_png(const std::filesystem::path& path, const Image& picture) {
  atomic_write(path, encode_png(picture));
}

}  // namespace tuneit::io
