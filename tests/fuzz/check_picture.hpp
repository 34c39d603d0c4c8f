#pragma once
// What holds of every picture that is decoded, and of a part of it? And: pictures of more than a million pixels are not
// decoded here, as the codecs' own fuzzers do, so that many are tried in a second.
#include "target.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::fuzz {

inline constexpr io::ImageLimits image_limits{.pixels = std::uint64_t{1} << 20U};

template <class Decode>
void check_image(const std::uint8_t* data, std::size_t size, Decode decode) {
  accept_or_refuse(ErrorKind::Data, [&] {
    const io::Image picture = decode(bytes_of(data, size), "a.jpg", image_limits, io::PartOf{});
    promise(picture.width > 0 && picture.height > 0, "it has pixels");
    promise(picture.rgb.size() ==
                std::size_t{3} * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height),
            "three bytes for each pixel");
    io::Box box;  // any one, by the bytes of the file
    box.height = 1 + static_cast<int>(size * 7 % static_cast<std::size_t>(picture.height));
    box.width = 1 + static_cast<int>(size * 13 % static_cast<std::size_t>(picture.width));
    box.top = static_cast<int>(data[size / 2]) % (picture.height - box.height + 1);
    box.left = static_cast<int>(data[size / 3]) % (picture.width - box.width + 1);
    const auto chosen = [box](int, int) { return box; };
    try {
      const io::Image part = decode(bytes_of(data, size), "a.jpg", image_limits, chosen);
      promise(part.rgb == io::crop(picture, box).rgb, "a part is cut out of the whole");
      if constexpr (requires { decode(bytes_of(data, size), "a.jpg", image_limits, chosen, 1); }) {
        const io::Image small = decode(bytes_of(data, size), "a.jpg", image_limits, chosen, 1);
        const auto pixels = static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height);
        promise(pixels > 0 && small.rgb.size() == 3 * pixels && part.rgb.size() >= small.rgb.size(),
                "a part that may be smaller has pixels");
      }
    } catch (const Error&) {
      promise(false, "a picture that is whole has parts");
    }
  });
}

}  // namespace tuneit::fuzz
