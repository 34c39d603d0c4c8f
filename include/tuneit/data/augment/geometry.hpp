#pragma once
// Which rectangle is cut out, and how large does a picture become? torchvision 0.29's rules as pure functions of the
// sizes and a source of draws; no LibTorch.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>

#include "tuneit/io/image/image_types.hpp"

namespace tuneit::data {

using io::Box;

struct Size {
  int height = 0, width = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

/// Where transforms take their random numbers from: Draws, or a recording in a test.
template <class S>
concept DrawSource = requires(S& source) {
  { source.uniform(0.0, 1.0) } -> std::convertible_to<double>;
  { source.below(std::uint64_t{1}) } -> std::convertible_to<std::uint64_t>;
};

/// Python's round() of a float to an int: halves go to the even neighbour.
inline int python_round(double x) { return static_cast<int>(std::nearbyint(x)); }

/// Size after torchvision's Resize(short_side): the long side is truncated, not rounded
/// (torchvision/transforms/functional.py, _compute_resized_output_size). Throws ErrorKind::Data when the long side
/// would pass io::kMaxImageSide (a picture of 1 x 65000 pixels).
inline Size resized(Size in, int short_side) {
  const bool tall = in.width <= in.height;
  const double long_in = tall ? in.height : in.width;
  const double short_in = tall ? in.width : in.height;
  const double long_out = static_cast<double>(short_side) * long_in / short_in;
  if (long_out > static_cast<double>(io::kMaxImageSide))
    throw Error(
        ErrorKind::Data,
        "A picture of " +
            io::detail::pixels_text(static_cast<std::uint64_t>(in.width), static_cast<std::uint64_t>(in.height)) +
            " is too narrow to be resized to a short side of " + std::to_string(short_side) + ".",
        "Remove it or crop it.");
  const int long_side = static_cast<int>(long_out);
  return tall ? Size{long_side, short_side} : Size{short_side, long_side};
}

/// torchvision's CenterCrop for one axis: zeros put before (`pad`), then pixels skipped (`offset`) in the padded axis.
struct CropAxis {
  int pad = 0, offset = 0;
};
inline CropAxis centre(int in, int out) {
  if (in < out) {
    const int before = (out - in) / 2;  // the odd zero goes behind
    return {before, 0};
  }
  return {0, python_round((in - out) / 2.0)};
}

/// Parameters of torchvision's RandomResizedCrop: up to ten tries of a box of scale[0]..scale[1] of the area and a
/// log-uniform ratio of width to height, else the largest central box of a ratio within the bounds. Draws in
/// torchvision's order: area, log ratio, top, left (v2/_geometry.py, RandomResizedCrop.make_params).
struct CropLimits {
  double scale_low = 0.08, scale_high = 1.0;
  double ratio_low = 3.0 / 4.0, ratio_high = 4.0 / 3.0;
};
template <DrawSource S>
Box random_resized_crop(Size in, S& draws, const CropLimits& limits = {}) {
  const double area = static_cast<double>(in.height) * in.width;
  // torchvision holds the logarithms and the ratio in float32 and everything else in Python's double.
  const double log_low = static_cast<double>(std::log(static_cast<float>(limits.ratio_low)));
  const double log_high = static_cast<double>(std::log(static_cast<float>(limits.ratio_high)));
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * draws.uniform(limits.scale_low, limits.scale_high);
    const double ratio = static_cast<double>(std::exp(static_cast<float>(draws.uniform(log_low, log_high))));
    const int width = python_round(std::sqrt(target * ratio));
    const int height = python_round(std::sqrt(target / ratio));
    if (width <= 0 || width > in.width || height <= 0 || height > in.height) continue;
    Box box{0, 0, height, width};
    box.top = static_cast<int>(draws.below(static_cast<std::uint64_t>(in.height - height + 1)));
    box.left = static_cast<int>(draws.below(static_cast<std::uint64_t>(in.width - width + 1)));
    return box;
  }
  Box box{0, 0, in.height, in.width};
  const double in_ratio = static_cast<double>(in.width) / in.height;
  if (in_ratio < limits.ratio_low)
    box.height = python_round(in.width / limits.ratio_low);
  else if (in_ratio > limits.ratio_high)
    box.width = python_round(in.height * limits.ratio_high);
  // A picture one pixel high can round to a box of no width; torchvision would fail there.
  box.height = std::clamp(box.height, 1, in.height);
  box.width = std::clamp(box.width, 1, in.width);
  box.top = (in.height - box.height) / 2;
  box.left = (in.width - box.width) / 2;
  return box;
}

}  // namespace tuneit::data
