#pragma once
// What holds of every picture that is decoded? And: pictures of more than a million pixels are not decoded here, as the
// codecs' own fuzzers do, so that many are tried in a second.
#include "target.hpp"
#include "tuneit/io/picture_types.hpp"

namespace tuneit::fuzz {

inline constexpr io::PictureLimits picture_limits{.pixels = std::uint64_t{1} << 20U};

template <class Decode>
void check_picture(const std::uint8_t* data, std::size_t size, Decode decode) {
  accept_or_refuse(Fault::Data, [&] {
    const io::Picture picture = decode(bytes_of(data, size), "a.jpg", picture_limits);
    promise(picture.width > 0 && picture.height > 0, "it has pixels");
    promise(picture.rgb.size() ==
                std::size_t{3} * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height),
            "three bytes for each pixel");
  });
}

}  // namespace tuneit::fuzz
