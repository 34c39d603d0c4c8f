#pragma once
// What is a decoded picture, and how large may one be?
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tuneit/io/quote.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::io {

/// A decoded picture: `rgb` holds height rows of width pixels of 3 bytes (HWC, no padding), R first. Grey pictures
/// have three equal bytes, alpha is dropped: the bytes that Pillow's `Image.open(f).convert("RGB")` has.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// Largest pictures that are decoded by default. The number of pixels is Pillow's MAX_IMAGE_PIXELS (128 MiB / 4 bytes *
/// 8 / 3).
inline constexpr std::uint64_t kMaxPicturePixels = 89'478'485;
inline constexpr std::uint64_t kMaxPictureSide = 65'500;

/// What is judged from a picture's size and header before memory is allocated, so that a file of 100 bytes cannot ask
/// for gigabytes: pixels in all, pixels a side, and, for pictures of more than `small` pixels, how many of them a byte
/// of the file may stand for. (No PNG can hold more than 8256 of them in a byte: 1 bit each, and deflate's 1032 to 1.)
struct PictureLimits {
  std::uint64_t pixels = kMaxPicturePixels, side = kMaxPictureSide;
  std::uint64_t small = std::uint64_t{1} << 24U, pixels_per_byte = 10'000;
  std::uint64_t file_bytes = std::uint64_t{1} << 30U;  ///< of a file that is read
};

namespace detail {

[[noreturn]] inline void bad_picture(const std::string& name, const std::string& why, const std::string& mend = {}) {
  throw Error(Fault::Data, "Cannot use the picture " + quote(name, 400) + ": " + why, mend);
}

inline std::string pixels_text(std::uint64_t width, std::uint64_t height) {
  return std::to_string(width) + " x " + std::to_string(height) + " pixels";
}

/// Refuses what is empty or too large for a file of so many bytes; returns the number of bytes of the RGB picture.
inline std::size_t checked_rgb_bytes(std::uint64_t width, std::uint64_t height, std::size_t file_bytes,
                                     const std::string& name, const PictureLimits& limits) {
  if (width == 0 || height == 0) bad_picture(name, "it has no pixels (" + pixels_text(width, height) + ").");
  if (width > limits.side || height > limits.side || width * height > limits.pixels)
    bad_picture(name, "its header says " + pixels_text(width, height) + ", which is more than is accepted.",
                "The limits are " + std::to_string(limits.pixels) + " pixels in all and " +
                    std::to_string(limits.side) + " a side; make the picture smaller.");
  if (width * height > limits.small && width * height / limits.pixels_per_byte > file_bytes)
    bad_picture(name,
                "its header says " + pixels_text(width, height) + ", and the file has " + std::to_string(file_bytes) +
                    " bytes only.",
                "It is damaged, empty all over, or made to fill the memory; remove it or make it smaller.");
  return static_cast<std::size_t>(width * height * 3);
}

}  // namespace detail
}  // namespace tuneit::io
