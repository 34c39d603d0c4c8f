#pragma once
// What happens to a picture before the network sees it? Small policies, each torchvision's transform of that name.
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <boost/hana/drop_front.hpp>
#include <boost/hana/fold_left.hpp>
#include <boost/hana/front.hpp>
#include <boost/hana/tuple.hpp>

#include "tuneit/data/augment/crop.hpp"
#include "tuneit/data/augment/flip.hpp"
#include "tuneit/data/augment/geometry.hpp"
#include "tuneit/data/augment/resize.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::data {

/// Every policy is called with a picture and a source of draws, and returns a picture; it draws the same number of
/// times in the same order as torchvision. A policy of your own needs only such an operator().
struct Resize {
  int short_side = 256;
  template <DrawSource S>
  io::Image operator()(const io::Image& in, S&) const {
    return resize(in, resized({in.height, in.width}, short_side));
  }
};

/// To exactly this size, whatever that does to the ratio.
struct ResizeExact {
  int height = 224, width = 224;
  template <DrawSource S>
  io::Image operator()(const io::Image& in, S&) const {
    return resize(in, {height, width});
  }
};

/// A random rectangle (see random_resized_crop) resized to size x size.
struct RandomResizedCrop {
  int size = 224;
  CropLimits limits{};
  template <DrawSource S>
  io::Image operator()(const io::Image& in, S& draws) const {
    return resize(crop(in, random_resized_crop({in.height, in.width}, draws, limits)), {size, size});
  }
  /// The first half of it, as a function of the picture's size.
  [[nodiscard]] auto chooser() const {
    return [limits = limits](Size in, auto& draws) { return random_resized_crop(in, draws, limits); };
  }
};

/// Policies one after the other. The first one reads the picture it is given, so nothing is copied that need not be.
template <class First, class... Rest>
struct Compose {
  boost::hana::tuple<First, Rest...> steps;

  explicit constexpr Compose(First first, Rest... rest) : steps(std::move(first), std::move(rest)...) {}

  template <DrawSource S>
  io::Image operator()(const io::Image& in, S& draws) const {
    namespace hana = boost::hana;
    return hana::fold_left(hana::drop_front(steps), hana::front(steps)(in, draws),
                           [&draws](io::Image picture, const auto& step) { return step(std::move(picture), draws); });
  }
};

/// Bytes to float32: (x / 255 - mean) / std for each channel; the defaults are those of the ImageNet weights.
struct Normalize {
  std::array<float, 3> mean{0.485F, 0.456F, 0.406F};
  std::array<float, 3> stddev{0.229F, 0.224F, 0.225F};

  [[nodiscard]] float operator()(std::uint8_t value, std::size_t channel) const {
    return (static_cast<float>(value) / 255.0F - mean[channel]) / stddev[channel];
  }
};

}  // namespace tuneit::data
