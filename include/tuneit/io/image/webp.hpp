#pragma once
// How does a WebP become RGB bytes? (libwebp; include through image.hpp)
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <webp/decode.h>
#include <webp/demux.h>

#include "tuneit/io/image/image_types.hpp"

namespace tuneit::io::detail {

/// The first frame of an animation on its canvas, as Pillow shows it: what the frame leaves free is black.
inline void decode_webp_frame(std::span<const std::byte> file, const std::string& name, Image& out) {
  WebPAnimDecoderOptions options;
  WebPData data{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(nullptr, WebPAnimDecoderDelete);
  if (WebPAnimDecoderOptionsInit(&options) != 0) {
    options.color_mode = MODE_RGBA;
    options.use_threads = 0;
    decoder.reset(WebPAnimDecoderNew(&data, &options));
  }
  WebPAnimInfo info;
  std::uint8_t* rgba = nullptr;  // the decoder's own
  int until = 0;
  if (!decoder || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0 ||
      info.canvas_width != static_cast<std::uint32_t>(out.width) ||
      info.canvas_height != static_cast<std::uint32_t>(out.height) ||
      WebPAnimDecoderGetNext(decoder.get(), &rgba, &until) == 0)
    bad_image(name, "damaged WebP (the first frame of its animation cannot be decoded).",
              "Restore the file from its source, or remove it.");
  std::uint8_t* to = out.rgb.data();
  for (const std::uint8_t* const end = to + out.rgb.size(); to < end; to += 3, rgba += 4) std::memcpy(to, rgba, 3);
}

/// Lossy or lossless pictures, and the first frame of animations; alpha is decoded and dropped (no blending), as Pillow
/// does.
inline Image decode_webp(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                         const PartOf& part = {}) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(file.data());
  const std::string mend = "Restore the file from its source, or remove it.";
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, file.size(), &features) != VP8_STATUS_OK)
    bad_image(name, "damaged WebP (its header cannot be read).", mend);
  Image out;
  out.rgb.resize(checked_rgb_bytes(static_cast<std::uint64_t>(features.width),
                                   static_cast<std::uint64_t>(features.height), file.size(), name, limits));
  out.width = features.width;
  out.height = features.height;
  if (features.has_animation != 0)
    decode_webp_frame(file, name, out);
  else if (WebPDecodeRGBInto(data, file.size(), out.rgb.data(), out.rgb.size(), 3 * out.width) == nullptr)
    bad_image(name, "damaged WebP (its pixels cannot be decoded, or the file ends too early).", mend);
  return cut(std::move(out), part);
}

}  // namespace tuneit::io::detail
