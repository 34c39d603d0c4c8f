#pragma once
// A rectangle of a finished picture is erased: torchvision 0.29's RandomErasing (arXiv 1708.04896, v2/_augment.py),
// which stands behind the normalisation. No LibTorch.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tuneit/data/augment/geometry.hpp"
#include "tuneit/data/augment/normal.hpp"

namespace tuneit::data {

/// What was drawn for a picture: the rectangle and, where it is filled with noise, a number for each channel of each of
/// its pixels (HWC).
struct Erased {
  Box box;
  std::vector<float> noise{};
};

/// With probability p a rectangle of scale_low..scale_high of the area, its ratio of height to width log-uniform,
/// becomes `value` (of the normalised numbers: 0 is the mean colour), or normal noise in each channel of each pixel
/// (torchvision's value="random"). Up to ten tries of one that is smaller than the picture. Draws: whether, then area
/// and log ratio of each try, the noise (CHW), top, left.
struct RandomErasing {
  double p = 0.5;
  double scale_low = 0.02, scale_high = 0.33, ratio_low = 0.3, ratio_high = 3.3;
  std::array<float, 3> value{};
  bool noise = false;  ///< instead of `value`

  template <DrawSource S>
  [[nodiscard]] std::optional<Erased> choose(Size in, S& draws) const {
    if (!(draws.uniform(0.0, 1.0) < p)) return std::nullopt;
    const double area = static_cast<double>(in.height) * in.width;
    const double log_low = static_cast<double>(std::log(static_cast<float>(ratio_low)));
    const double log_high = static_cast<double>(std::log(static_cast<float>(ratio_high)));
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double erased = area * draws.uniform(scale_low, scale_high);
      const double ratio = static_cast<double>(std::exp(static_cast<float>(draws.uniform(log_low, log_high))));
      const int height = python_round(std::sqrt(erased * ratio)), width = python_round(std::sqrt(erased / ratio));
      if (height >= in.height || width >= in.width) continue;
      Erased out{{0, 0, height, width}};
      if (noise) out.noise = noise_of(static_cast<std::size_t>(height) * static_cast<std::size_t>(width), draws);
      out.box.top = static_cast<int>(draws.below(static_cast<std::uint64_t>(in.height - height + 1)));
      out.box.left = static_cast<int>(draws.below(static_cast<std::uint64_t>(in.width - width + 1)));
      return out;
    }
    return std::nullopt;
  }

  /// `pixels`: side x side of three numbers each (HWC).
  template <DrawSource S>
  void operator()(float* pixels, int side, S& draws) const {
    const std::optional<Erased> erased = choose({side, side}, draws);
    if (!erased) return;
    const Box& box = erased->box;
    const float* from = erased->noise.data();
    for (int y = box.top; y < box.top + box.height; ++y) {
      float* at = pixels + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
                                static_cast<std::size_t>(box.left));
      if (noise) {
        const std::size_t row = 3 * static_cast<std::size_t>(box.width);
        std::copy_n(from, row, at);
        from += row;
      } else {
        for (int x = 0; x < box.width; ++x, at += 3) std::copy_n(value.data(), 3, at);
      }
    }
  }

 private:
  template <DrawSource S>
  static std::vector<float> noise_of(std::size_t pixels, S& draws) {
    std::vector<float> out(3 * pixels);
    std::size_t at = 0, channel = 0;  // drawn one channel after the other, kept pixel by pixel
    draw_normal(draws, out.size(), [&](float x) {
      out[at] = x;
      if ((at += 3) >= out.size()) at = ++channel;
    });
    return out;
  }
};

}  // namespace tuneit::data
