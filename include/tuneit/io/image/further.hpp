#pragma once
// How many pictures are in a file behind the one that is decoded: frames, pages?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tuneit/io/image/image_format.hpp"
#include "tuneit/io/image/pnm.hpp"
#include "tuneit/meta/ascii.hpp"

namespace tuneit::io {

namespace detail {

/// Bytes that are there, as numbers.
class CountedBytes {
 public:
  explicit CountedBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool has(std::uint64_t at, std::uint64_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }
  [[nodiscard]] std::uint64_t number(std::uint64_t at, std::size_t count, bool little) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8U | std::to_integer<std::uint64_t>(bytes_[at + (little ? count - 1 - i : i)]);
    return value;
  }
  [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const std::byte> bytes_;
};

inline std::uint64_t gif_frames(const CountedBytes& file) {
  if (!file.has(0, 13)) return 0;
  const auto palette = [](std::uint64_t flags) { return (flags & 128U) != 0 ? std::uint64_t{6} << (flags & 7U) : 0; };
  std::uint64_t at = 13 + palette(file.number(10, 1, true)), frames = 0;
  const auto pass_blocks = [&] {
    while (file.has(at, 1) && file.number(at, 1, true) != 0) at += 1 + file.number(at, 1, true);
    ++at;
  };
  while (file.has(at, 1)) {
    const std::uint64_t kind = file.number(at, 1, true);
    if (kind == '!') {
      at += 2;
    } else if (kind == ',' && file.has(at, 10)) {
      ++frames;
      at += 10 + palette(file.number(at + 9, 1, true)) + 1;  // and the size of codes
    } else {
      break;
    }
    pass_blocks();
  }
  return frames;
}

/// Directories but for those of smaller copies and of masks; the chain ends where it meets itself.
inline std::uint64_t tiff_pages(const CountedBytes& file) {
  if (!file.has(0, 16)) return 0;
  const bool little = file.text()[0] == 'I', big = file.number(2, 2, little) == 43;
  const std::size_t wide = big ? 8 : 4, entry = big ? 20 : 12, counted = big ? 8 : 2;
  std::uint64_t at = file.number(big ? 8 : 4, wide, little), pages = 0;
  constexpr std::size_t most = 65'536;
  std::vector<std::uint64_t> seen;
  for (std::size_t turn = 0; turn < most && at != 0 && file.has(at, counted); ++turn) {
    seen.push_back(at);
    const std::uint64_t entries = file.number(at, counted, little);
    if (entries > file.size() / entry || !file.has(at + counted, entry * entries + wide)) break;
    std::uint64_t kind = 0;  // NewSubfileType
    for (std::uint64_t i = 0, tag = at + counted; i < std::min<std::uint64_t>(entries, 8); ++i, tag += entry)
      if (file.number(tag, 2, little) == 254) kind = file.number(tag + (big ? 12 : 8), 4, little);
    if ((kind & 5U) == 0 || pages == 0) ++pages;
    at = file.number(at + counted + entry * entries, wide, little);
  }
  // Offsets that repeat: what is behind the first repetition was counted again.
  std::sort(seen.begin(), seen.end());
  const auto distinct = static_cast<std::uint64_t>(std::unique(seen.begin(), seen.end()) - seen.begin());
  return std::min(pages, distinct);
}

inline std::uint64_t webp_frames(const CountedBytes& file) {
  std::uint64_t frames = 0;
  for (std::uint64_t at = 12; file.has(at, 8);) {
    const std::uint64_t length = file.number(at + 4, 4, true);
    if (file.text().substr(static_cast<std::size_t>(at), 4) == "ANMF") ++frames;
    at += 8 + length + length % 2;
  }
  return frames;
}

/// acTL stands before the pixels.
inline std::uint64_t png_frames(const CountedBytes& file) {
  for (std::uint64_t at = 8; file.has(at, 12);) {
    const std::string_view kind = file.text().substr(static_cast<std::size_t>(at) + 4, 4);
    if (kind == "acTL" && file.has(at, 16)) return file.number(at + 8, 4, false);
    if (kind == "IDAT") break;
    at += 12 + file.number(at, 4, false);
  }
  return 1;
}

/// Of P4 to P6 that follow each other; plain ones hold one picture.
inline std::uint64_t pnm_images(const CountedBytes& file) {
  std::uint64_t pictures = 0;
  for (std::string_view rest = file.text(); image_format(rest) == ImageFormat::Pnm;) {
    const PnmHeader header = read_pnm_header(rest, "");
    ++pictures;
    constexpr std::uint64_t most = std::uint64_t{1} << 28U;
    if (header.plain() || header.width > most || header.height > most) break;
    if (header.at > rest.size() || header.pixel_bytes() >= rest.size() - header.at) break;
    rest.remove_prefix(header.at + static_cast<std::size_t>(header.pixel_bytes()));
    while (!rest.empty() && is_ascii_space(rest.front())) rest.remove_prefix(1);
  }
  return pictures;
}

}  // namespace detail

/// Frames of GIF, WebP and PNG, pages of TIFF (smaller copies of a page are none), pictures of PNM; without the first,
/// which is what decode_image decodes. Counts what headers say and decodes nothing; 0 where they are damaged before
/// the second. Allocates little, throws nothing but std::bad_alloc.
inline std::uint64_t further_images(std::span<const std::byte> file) {
  const detail::CountedBytes bytes(file);
  std::uint64_t all = 0;
  try {
    switch (image_format(bytes.text())) {
      case ImageFormat::Gif:
        all = detail::gif_frames(bytes);
        break;
      case ImageFormat::Tiff:
        all = detail::tiff_pages(bytes);
        break;
      case ImageFormat::WebP:
        all = detail::webp_frames(bytes);
        break;
      case ImageFormat::Png:
        all = detail::png_frames(bytes);
        break;
      case ImageFormat::Pnm:
        all = detail::pnm_images(bytes);
        break;
      default:
        break;
    }
  } catch (const Error&) {  // of a PNM's header: as damaged
  }
  return all > 0 ? all - 1 : 0;
}

}  // namespace tuneit::io
