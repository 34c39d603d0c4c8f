#pragma once
// Which byte is a grey sample of more than 8 bits?
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tuneit::io {

/// How a picture was decoded, where that is not plain from its bytes.
struct ImageFacts {
  /// The sample that became white (255), of a grey picture of more than 8 bits a sample; 0: it has no more than 8.
  std::uint32_t white = 0;
  /// Frames or pages of the file behind the one that was decoded (further_images).
  std::uint64_t further = 0;
};

namespace detail {

/// The sample that becomes white. A file's own word comes first: `declared`, a maxval (PNM), 2^bits - 1 of samples of 9
/// to 15 bits (TIFF) or of significant bits (PNG's sBIT), if no sample is larger. Else the container's 16 bits are all
/// that is known, and X-ray machines and microscopes put 12 or 8 bits into them as they are, which would be nearly
/// black: white is the least of 255, 4095 and 65535 that no sample exceeds. Only these three, since the step must be a
/// property of the camera and not of how bright a picture is: two pictures are scaled differently only where one of
/// them holds less than a sixteenth of the other's range. (Pillow cuts at 255, which makes them white; OpenCV and
/// stb_image divide by 256; torchvision's decoder keeps 16 bits, and its ToDtype divides by 65535.)
inline std::uint32_t white_sample(std::uint32_t largest, std::uint32_t declared = 0) {
  if (declared > 0 && declared < 65535 && largest <= declared) return declared;
  return largest <= 255 ? 255 : largest <= 4095 ? 4095 : 65535;
}

/// Rounded; `grey` must be no larger than `white`.
inline std::uint8_t scaled_sample(std::uint32_t grey, std::uint32_t white) {
  return static_cast<std::uint8_t>((std::uint64_t{grey} * 255 + white / 2) / white);
}

/// Samples to RGB, by white_sample; `inverted`: 0 is white. Writes 3 bytes for each.
inline void deep_grey_to_rgb(std::span<const std::uint16_t> grey, std::uint32_t declared, bool inverted,
                             std::uint8_t* rgb, ImageFacts* facts) {
  std::uint16_t largest = 0;
  for (const std::uint16_t sample : grey) largest = std::max(largest, sample);
  const std::uint32_t white = white_sample(largest, declared);
  if (facts != nullptr) facts->white = white;
  for (std::size_t p = 0; p < grey.size(); ++p) {
    const std::uint8_t byte = scaled_sample(grey[p], white);
    rgb[3 * p] = rgb[3 * p + 1] = rgb[3 * p + 2] = inverted ? static_cast<std::uint8_t>(255 - byte) : byte;
  }
}

/// From the order of bytes of big-endian files.
inline std::uint16_t from_big_endian(std::uint16_t value) {
  if constexpr (std::endian::native == std::endian::big) return value;
  return static_cast<std::uint16_t>(value << 8U | value >> 8U);
}

}  // namespace detail
}  // namespace tuneit::io
