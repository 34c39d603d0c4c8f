#pragma once
// How does the first frame of a GIF become RGB bytes? (giflib 5; include through image.hpp)
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gif_lib.h>

#include "tuneit/io/image/image_types.hpp"

namespace tuneit::io::detail {

struct GifBytes {
  const std::uint8_t* next = nullptr;
  std::size_t left = 0;
  bool of_pixels = false;  ///< what is read now are blocks of pixels: a length, then so many bytes
  std::size_t due = 0;     ///< bytes of the block that has begun
};

inline int gif_take(GifFileType* gif, GifByteType* to, int count) {
  auto* from = static_cast<GifBytes*>(gif->UserData);
  if (from->of_pixels && count > 0) {
    if (from->due > 0) {
      from->due = 0;
    } else if (from->left > 0) {
      from->due = *from->next;
    } else {  // no block follows: the mark of the end, which some files lack. Where pixels are due it is an error
      *to = 0;
      return 1;
    }
  }
  const std::size_t taken = std::min(from->left, static_cast<std::size_t>(std::max(count, 0)));
  if (taken > 0) std::memcpy(to, from->next, taken);
  from->next += taken;
  from->left -= taken;
  return static_cast<int>(taken);
}

struct CloseGif {
  void operator()(GifFileType* gif) const {
    int ignored = 0;
    DGifCloseFile(gif, &ignored);
  }
};

[[noreturn]] inline void bad_gif(const std::string& name, const std::string& why) {
  bad_image(name, "damaged GIF (" + why + ").", "Restore the file from its source, or remove it.");
}

/// Goes to the first frame; the index that its pixels have where nothing is drawn: the transparent one, or 0.
inline std::uint8_t find_gif_frame(GifFileType* gif, const std::string& name) {
  std::uint8_t outside = 0;
  for (;;) {
    GifRecordType kind = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &kind) != GIF_OK) bad_gif(name, "it ends before its first frame");
    if (kind == IMAGE_DESC_RECORD_TYPE) return outside;
    if (kind != EXTENSION_RECORD_TYPE) bad_gif(name, "it has no frame");
    int code = 0;
    GifByteType* block = nullptr;  // its length, then its bytes
    if (DGifGetExtension(gif, &code, &block) != GIF_OK) bad_gif(name, "it ends before its first frame");
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      if (control.TransparentColor >= 0) outside = static_cast<std::uint8_t>(control.TransparentColor);
    while (block != nullptr)
      if (DGifGetExtensionNext(gif, &block) != GIF_OK) bad_gif(name, "it ends before its first frame");
  }
}

/// Is colour i the grey i, as far as there are colours?
inline bool is_grey_ramp(const ColorMapObject& colours) {
  for (int i = 0; i < colours.ColorCount; ++i)
    if (colours.Colors[i].Red != i || colours.Colors[i].Green != i || colours.Colors[i].Blue != i) return false;
  return true;
}

/// The frame on its screen, as Pillow shows it: pixels outside of the frame have the transparent colour, or the first
/// one; a frame that sticks out makes the screen larger; colours that the palette lacks are black; without any palette,
/// or with one of greys 0, 1, 2, ..., an index is a shade of grey. Frames behind the first are not looked at (see
/// further_images).
inline Image decode_gif(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                        const PartOf& part = {}) {
  GifBytes bytes{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  int error = 0;
  const std::unique_ptr<GifFileType, CloseGif> gif(DGifOpen(&bytes, gif_take, &error));
  if (!gif) bad_gif(name, "its header cannot be read");
  const std::uint8_t outside = find_gif_frame(gif.get(), name);
  if (DGifGetImageDesc(gif.get()) != GIF_OK) bad_gif(name, "the header of its first frame cannot be read");
  const GifImageDesc& frame = gif->Image;
  if (frame.Left < 0 || frame.Top < 0 || frame.Width <= 0 || frame.Height <= 0)
    bad_gif(name, "its first frame has no pixels");
  const auto width = static_cast<std::size_t>(std::max(gif->SWidth, frame.Left + frame.Width)),
             height = static_cast<std::size_t>(std::max(gif->SHeight, frame.Top + frame.Height));
  checked_rgb_bytes(width, height, file.size(), name, limits);

  std::array<std::uint8_t, 3 * 256> palette{};
  const ColorMapObject* colours = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (colours != nullptr && is_grey_ramp(*colours)) colours = nullptr;
  for (std::size_t i = 0; i < 256; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      if (colours == nullptr)
        palette[3 * i + c] = static_cast<std::uint8_t>(i);
      else if (static_cast<int>(i) < colours->ColorCount)
        palette[3 * i + c] = (&colours->Colors[i].Red)[c];
    }

  Image out = blank_image(static_cast<int>(height), static_cast<int>(width));
  const auto colour = [&](std::uint8_t index) { return palette.data() + std::size_t{3} * index; };
  const auto left = static_cast<std::size_t>(frame.Left), top = static_cast<std::size_t>(frame.Top),
             columns = static_cast<std::size_t>(frame.Width), rows = static_cast<std::size_t>(frame.Height);
  if (columns < width || rows < height) {  // one row, and the others are its copies
    for (std::size_t x = 0; x < width; ++x) copy_pixel(out.rgb.data() + 3 * x, colour(outside));
    for (std::size_t y = 1; y < height; ++y) std::memcpy(out.rgb.data() + 3 * width * y, out.rgb.data(), 3 * width);
  }
  std::vector<std::uint8_t> line(columns);
  bytes.of_pixels = true;
  struct Pass {
    std::size_t first, step;
  };
  constexpr Pass interlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}, whole[] = {{0, 1}};
  for (const Pass& pass : frame.Interlace ? std::span<const Pass>(interlaced) : std::span<const Pass>(whole))
    for (std::size_t y = pass.first; y < rows; y += pass.step) {
      if (DGifGetLine(gif.get(), line.data(), static_cast<int>(columns)) != GIF_OK)
        bad_gif(name, "its pixels cannot be decoded, or the file ends too early");
      std::uint8_t* to = out.rgb.data() + 3 * ((top + y) * width + left);
      for (std::size_t x = 0; x < columns; ++x) copy_pixel(to + 3 * x, colour(line[x]));
    }
  return cut(std::move(out), part);
}

}  // namespace tuneit::io::detail
