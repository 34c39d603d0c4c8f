#pragma once
// What is a decoded picture, and how large may one be?
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/io/image/huge.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// For memory that is written to before it is read: new elements of a vector are not set to zero.
template <class T>
struct Uninitialised : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Uninitialised<U>;
  };
  Uninitialised() = default;
  template <class U>
  Uninitialised(const Uninitialised<U>&) noexcept {}
  template <class U>
  void construct(U* at) noexcept {
    ::new (static_cast<void*>(at)) U;
  }
  template <class U, class... Values>
  void construct(U* at, Values&&... values) {
    ::new (static_cast<void*>(at)) U(std::forward<Values>(values)...);
  }
};

/// Bytes that resize() leaves as they happen to be.
using Pixels = std::vector<std::uint8_t, Uninitialised<std::uint8_t>>;

/// A decoded picture: `rgb` holds height rows of width pixels of 3 bytes (HWC, no padding), R first. Grey pictures
/// have three equal bytes, alpha is dropped: the bytes that Pillow's `Image.open(f).convert("RGB")` has.
struct Image {
  int width = 0;
  int height = 0;
  Pixels rgb;
};

/// A rectangle of a picture.
struct Box {
  int top = 0, left = 0, height = 0, width = 0;
  friend bool operator==(const Box&, const Box&) = default;
};

/// Which rectangle is wanted of a picture of this size? Empty: all of it. Called once, when the size is known.
using PartOf = std::function<Box(int height, int width)>;

/// Largest pictures that are decoded by default. The number of pixels is Pillow's MAX_IMAGE_PIXELS (128 MiB / 4 bytes *
/// 8 / 3).
inline constexpr std::uint64_t kMaxImagePixels = 89'478'485;
inline constexpr std::uint64_t kMaxImageSide = 65'500;

/// What is judged from a picture's size and header before memory is allocated, so that a file of 100 bytes cannot ask
/// for gigabytes: pixels in all, pixels a side, and, for pictures of more than `small` pixels, how many of them a byte
/// of the file may stand for. (No PNG can hold more than 8256 of them in a byte: 1 bit each, and deflate's 1032 to 1.)
struct ImageLimits {
  std::uint64_t pixels = kMaxImagePixels, side = kMaxImageSide;
  std::uint64_t small = kHugePixels, pixels_per_byte = 10'000;
  std::uint64_t file_bytes = std::uint64_t{1} << 30U;  ///< of a file that is read
};

/// One whose pixels are still to be written.
inline Image blank_image(int height, int width) {
  Image out{width, height, {}};
  out.rgb.resize(3 * static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
  return out;
}

/// The rectangle `box` of a picture. The box must lie inside.
inline Image crop(const Image& in, const Box& box) {
  Image out = blank_image(box.height, box.width);
  const std::size_t row = 3 * static_cast<std::size_t>(box.width);
  for (int y = 0; y < box.height; ++y) {
    const std::size_t from =
        static_cast<std::size_t>(box.top + y) * static_cast<std::size_t>(in.width) + static_cast<std::size_t>(box.left);
    std::memcpy(out.rgb.data() + row * static_cast<std::size_t>(y), in.rgb.data() + 3 * from, row);
  }
  return out;
}

/// Has it one colour all over, and so nothing to learn from? Ends at the first pixel that differs.
inline bool is_constant(const Image& picture) {
  return picture.rgb.size() >= 3 &&
         std::memcmp(picture.rgb.data(), picture.rgb.data() + 3, picture.rgb.size() - 3) == 0;
}

namespace detail {

inline void copy_pixel(std::uint8_t* to, const std::uint8_t* from) {
  to[0] = from[0];
  to[1] = from[1];
  to[2] = from[2];
}

[[noreturn]] inline void bad_image(const std::string& name, const std::string& why, const std::string& mend = {}) {
  throw Error(ErrorKind::Data, "Cannot use the picture " + quote(name, 400) + ": " + why, mend);
}

inline std::string pixels_text(std::uint64_t width, std::uint64_t height) {
  return std::to_string(width) + " x " + std::to_string(height) + " pixels";
}

/// Refuses what is empty or too large for a file of so many bytes; returns the number of bytes of the RGB picture.
inline std::size_t checked_rgb_bytes(std::uint64_t width, std::uint64_t height, std::size_t file_bytes,
                                     const std::string& name, const ImageLimits& limits) {
  if (width == 0 || height == 0) bad_image(name, "it has no pixels (" + pixels_text(width, height) + ").");
  if (width > limits.side || height > limits.side || width * height > limits.pixels)
    bad_image(name, "its header says " + pixels_text(width, height) + ", which is more than is accepted.",
              "The limits are " + std::to_string(limits.pixels) + " pixels in all and " + std::to_string(limits.side) +
                  " a side; make the picture smaller.");
  if (width * height > limits.small && width * height / limits.pixels_per_byte > file_bytes)
    bad_image(name,
              "its header says " + pixels_text(width, height) + ", and the file has " + std::to_string(file_bytes) +
                  " bytes only.",
              "It is damaged, empty all over, or made to fill the memory; remove it or make it smaller.");
  OneHugeAtATime::await(width * height);
  return static_cast<std::size_t>(width * height * 3);
}

/// The rectangle that is wanted. Throws ErrorKind::Usage where it is empty or sticks out.
inline Box part_of(const PartOf& part, int height, int width) {
  if (!part) return {0, 0, height, width};
  const Box box = part(height, width);
  const bool inside = box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1 &&
                      box.height <= height - box.top && box.width <= width - box.left;
  if (!inside)
    throw Error(ErrorKind::Usage,
                "A part of a picture was asked for that is not inside of its " +
                    pixels_text(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height)) + ".");
  return box;
}

/// The wanted part of a picture that was decoded whole.
inline Image cut(Image whole, const PartOf& part) {
  if (part) return crop(whole, part_of(part, whole.height, whole.width));
  return whole;  // moved; of "? :" it would be a copy
}

}  // namespace detail
}  // namespace tuneit::io
