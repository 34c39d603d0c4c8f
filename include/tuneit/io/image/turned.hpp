#pragma once
// How is a picture turned as an orientation says?
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tuneit/io/image/image_types.hpp"

namespace tuneit::io {

/// A picture as it is to be seen, from how it is stored: Pillow's ImageOps.exif_transpose. 5 to 8 exchange width and
/// height; 1, and what is no orientation, leave it as it is.
inline Image upright(Image in, int orientation) {
  if (orientation < 2 || orientation > 8) return in;
  const bool sideways = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out = sideways ? blank_image(in.width, in.height) : blank_image(in.height, in.width);
  std::uint8_t* to = out.rgb.data();
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x, to += 3) {
      const int column = sideways ? y : x, row = sideways ? x : y;
      const auto from_column = static_cast<std::size_t>(from_right ? in.width - 1 - column : column);
      const auto from_row = static_cast<std::size_t>(from_below ? in.height - 1 - row : row);
      std::memcpy(to, in.rgb.data() + 3 * (from_row * static_cast<std::size_t>(in.width) + from_column), 3);
    }
  return out;
}

}  // namespace tuneit::io
