#pragma once
// How are rectangles cut out of a picture? No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "tuneit/data/augment/geometry.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::data {

using io::crop;

/// The central size x size; smaller pictures get black borders, as in torchvision.
struct CenterCrop {
  int size = 224;
  template <DrawSource S>
  io::Image operator()(const io::Image& in, S&) const {
    const CropAxis y = centre(in.height, size), x = centre(in.width, size);
    const Box box{y.offset, x.offset, std::min(in.height, size), std::min(in.width, size)};
    io::Image inner = crop(in, box);
    if (inner.height == size && inner.width == size) return inner;
    io::Image out{size, size, {}};
    const auto row = 3 * static_cast<std::size_t>(size);
    out.rgb.assign(row * static_cast<std::size_t>(size), 0);
    const auto inner_row = 3 * static_cast<std::size_t>(inner.width);
    for (int i = 0; i < inner.height; ++i)
      std::memcpy(out.rgb.data() + row * static_cast<std::size_t>(y.pad + i) + 3 * static_cast<std::size_t>(x.pad),
                  inner.rgb.data() + inner_row * static_cast<std::size_t>(i), inner_row);
    return out;
  }
};

/// One of torchvision's FiveCrop, in its order: top left, top right, bottom left, bottom right, centre. Throws
/// ErrorKind::Data for a picture smaller than size x size.
struct CornerCrop {
  int size = 224;
  int which = 4;
  template <DrawSource S>
  io::Image operator()(const io::Image& in, S& draws) const {
    if (in.height < size || in.width < size)
      throw Error(ErrorKind::Data, "Crops of " + std::to_string(size) + " x " + std::to_string(size) +
                                       " do not fit into a picture of " + std::to_string(in.width) + " x " +
                                       std::to_string(in.height) + " pixels.");
    if (which == 4) return CenterCrop{size}(in, draws);
    return crop(in, {which < 2 ? 0 : in.height - size, which % 2 == 0 ? 0 : in.width - size, size, size});
  }
};

}  // namespace tuneit::data
