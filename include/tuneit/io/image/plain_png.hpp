#pragma once
// The PNGs that most people have, quickly: 8 bits, grey or RGB, with or without alpha, not interlaced, without a fault.
// All else is left to libpng (png.hpp), faults and what is said of them too.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <libdeflate.h>

#include "tuneit/io/image/grey.hpp"
#include "tuneit/io/image/image_types.hpp"
#include "tuneit/io/image/png_filters.hpp"

namespace tuneit::io::detail {

/// What a plain PNG holds. `data`: the compressed rows, in one piece.
struct PlainPng {
  std::uint32_t width = 0, height = 0;
  std::size_t channels = 0;
  std::vector<std::uint8_t> joined;  ///< owns them where the file has them in several chunks
  std::span<const std::uint8_t> data;
  [[nodiscard]] std::size_t row_bytes() const { return 1 + std::size_t{width} * channels; }
};

inline std::uint32_t png_number(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U | at[3];
}

/// Nothing where something is not plain.
inline std::optional<PlainPng> read_plain_png(std::span<const std::byte> file) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(file.data());
  if (file.size() < 8 || std::memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) != 0) return std::nullopt;
  PlainPng out;
  std::vector<std::span<const std::uint8_t>> pieces;
  bool behind_data = false;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::uint8_t* chunk = bytes + at;
    const std::uint32_t length = png_number(chunk);
    if (length > file.size() - at - 12) return std::nullopt;
    const std::uint8_t *kind = chunk + 4, *body = chunk + 8;
    for (int i = 0; i < 4; ++i)
      if ((kind[i] | 0x20U) < 'a' || (kind[i] | 0x20U) > 'z') return std::nullopt;
    if (libdeflate_crc32(0, kind, std::size_t{4} + length) != png_number(body + length)) return std::nullopt;
    const auto is = [kind](const char* name) { return std::memcmp(kind, name, 4) == 0; };
    if (at == 8) {
      if (!is("IHDR") || length != 13) return std::nullopt;
      out.width = png_number(body);
      out.height = png_number(body + 4);
      constexpr std::uint8_t channels[] = {1, 0, 3, 0, 2, 0, 4};  // by colour type; palettes are libpng's
      out.channels = body[9] < sizeof channels ? channels[body[9]] : 0;
      const bool plain = body[8] == 8 && body[10] == 0 && body[11] == 0 && body[12] == 0;
      if (!plain || out.channels == 0 || out.width == 0 || out.height == 0) return std::nullopt;
    } else if (is("IDAT")) {
      if (behind_data) return std::nullopt;
      if (length > 0) pieces.emplace_back(body, length);
    } else if (is("IEND")) {
      if (length != 0 || pieces.empty()) return std::nullopt;
      if (pieces.size() > 1)
        for (const auto piece : pieces) out.joined.insert(out.joined.end(), piece.begin(), piece.end());
      out.data = pieces.size() > 1 ? std::span<const std::uint8_t>(out.joined) : pieces.front();
      return out;
    } else if ((kind[0] & 0x20U) == 0) {
      return std::nullopt;  // another chunk that must not be passed over
    } else {
      behind_data = !pieces.empty();
    }
    at += std::size_t{length} + 12;
  }
  return std::nullopt;
}

/// The rows as they were filtered. Nothing where they are damaged, too few or too many.
inline std::optional<std::vector<std::uint8_t, Uninitialised<std::uint8_t>>> inflate_rows(const PlainPng& png) {
  const std::size_t size = png.row_bytes() * png.height;
  // libdeflate looks back as far as deflate can; zlib only as far as the stream's first byte allows.
  if (png.data.empty() || (png.data[0] < 0x78 && size > std::size_t{256} << (png.data[0] >> 4U))) return std::nullopt;
  std::vector<std::uint8_t, Uninitialised<std::uint8_t>> rows(size);
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!inflater) return std::nullopt;
  std::size_t used = 0;
  if (libdeflate_zlib_decompress_ex(inflater.get(), png.data.data(), png.data.size(), rows.data(), size, &used,
                                    nullptr) != LIBDEFLATE_SUCCESS ||
      used != png.data.size())
    return std::nullopt;
  return rows;
}

/// Nothing where the file is not plain: libpng then decides.
inline std::optional<Image> decode_plain_png(std::span<const std::byte> file, const std::string& name,
                                             const ImageLimits& limits, const PartOf& part) {
  const std::optional<PlainPng> png = read_plain_png(file);
  if (!png) return std::nullopt;
  checked_rgb_bytes(png->width, png->height, file.size(), name, limits);
  auto rows = inflate_rows(*png);
  if (!rows) return std::nullopt;
  if (!filters_are_known(rows->data(), png->height, png->row_bytes())) return std::nullopt;
  const Box box = part_of(part, static_cast<int>(png->height), static_cast<int>(png->width));
  const auto top = static_cast<std::size_t>(box.top), until = top + static_cast<std::size_t>(box.height);
  undo_filters(rows->data(), png->width, until, png->channels);

  Image out = blank_image(box.height, box.width);
  const auto width = static_cast<std::size_t>(box.width);
  std::uint8_t* to = out.rgb.data();
  for (std::size_t y = top; y < until; ++y, to += 3 * width) {
    const std::uint8_t* from =
        rows->data() + y * png->row_bytes() + 1 + static_cast<std::size_t>(box.left) * png->channels;
    if (png->channels == 1)
      grey_to_rgb(from, width, to);
    else if (png->channels == 3)
      std::memcpy(to, from, 3 * width);
    else
      for (std::size_t x = 0; x < width; ++x, from += png->channels)
        for (std::size_t c = 0; c < 3; ++c) to[3 * x + c] = from[png->channels == 2 ? 0 : c];
  }
  return out;
}

}  // namespace tuneit::io::detail
