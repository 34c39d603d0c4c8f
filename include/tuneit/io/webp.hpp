#pragma once
// How does a WebP become RGB bytes? (libwebp; include through picture.hpp)
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <webp/decode.h>

#include "tuneit/io/picture_types.hpp"

namespace tuneit::io::detail {

/// Lossy or lossless still pictures; alpha is decoded and dropped (no blending), as Pillow does.
inline Picture decode_webp(std::span<const std::byte> file, const std::string& name, const PictureLimits& limits,
                           const PartOf& part = {}) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(file.data());
  const std::string mend = "Restore the file from its source, or remove it.";
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, file.size(), &features) != VP8_STATUS_OK)
    bad_picture(name, "damaged WebP (its header cannot be read).", mend);
  if (features.has_animation != 0)
    bad_picture(name, "it is an animated WebP.", "Save the frame you want as a still picture.");
  Picture out;
  out.rgb.resize(checked_rgb_bytes(static_cast<std::uint64_t>(features.width),
                                   static_cast<std::uint64_t>(features.height), file.size(), name, limits));
  out.width = features.width;
  out.height = features.height;
  if (WebPDecodeRGBInto(data, file.size(), out.rgb.data(), out.rgb.size(), 3 * out.width) == nullptr)
    bad_picture(name, "damaged WebP (its pixels cannot be decoded, or the file ends too early).", mend);
  return cut(std::move(out), part);
}

}  // namespace tuneit::io::detail
