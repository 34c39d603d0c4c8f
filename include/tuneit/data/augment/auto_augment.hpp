#pragma once
// Augmentation that chooses among fourteen transforms by itself: torchvision 0.29's TrivialAugmentWide (arXiv
// 2103.10158) and RandAugment (arXiv 1909.13719), with the same draws (v2/_auto_augment.py). No LibTorch.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>

#include "tuneit/data/augment/colour.hpp"
#include "tuneit/data/augment/warp.hpp"

namespace tuneit::data {
namespace detail {

/// In torchvision's order: the position is what is drawn.
enum class Operation : std::uint8_t {
  Identity,
  ShearX,
  ShearY,
  TranslateX,
  TranslateY,
  Rotate,
  Brightness,
  Color,
  Contrast,
  Sharpness,
  Posterize,
  Solarize,
  AutoContrast,
  Equalize
};
inline constexpr std::uint64_t operation_count = 14;

constexpr bool has_magnitude(Operation o) { return o != Operation::Identity && o < Operation::AutoContrast; }
constexpr bool has_sign(Operation o) { return o >= Operation::ShearX && o <= Operation::Sharpness; }

/// torch.linspace(start, end, count)[i] in single precision: from the nearer end, with fused multiply-adds. Its last
/// bit decides what becomes of TranslateX<16>.
inline float linspace(double start, double end, int count, int i) {
  const auto from = static_cast<float>(start), to = static_cast<float>(end);
  const float step = (to - from) / static_cast<float>(count - 1);
  return i < count / 2 ? fused(step, static_cast<float>(i), from) : fused(-step, static_cast<float>(count - i - 1), to);
}

/// The largest magnitudes of a space; the least are 0, but for posterize (8 bits) and solarize (1).
struct Magnitudes {
  double shear = 0, translate_x = 0, translate_y = 0, rotate = 0, colour = 0;
  double bits = 0;  ///< how many posterize may take away
};
inline double magnitude(Operation o, const Magnitudes& most, int bins, int i) {
  switch (o) {
    case Operation::ShearX:
    case Operation::ShearY:
      return linspace(0, most.shear, bins, i);
    case Operation::TranslateX:
      return linspace(0, most.translate_x, bins, i);
    case Operation::TranslateY:
      return linspace(0, most.translate_y, bins, i);
    case Operation::Rotate:
      return linspace(0, most.rotate, bins, i);
    case Operation::Posterize:
      return std::nearbyint(8.0F - static_cast<float>(i) / static_cast<float>((bins - 1) / most.bits));
    case Operation::Solarize:
      return linspace(1, 0, bins, i);
    default:
      return linspace(0, most.colour, bins, i);
  }
}

inline io::Image apply(Operation o, double m, io::Image in, Interpolation sampling, const Fill& fill) {
  const auto shear = [m] { return std::atan(m) * (180.0 / std::numbers::pi); };
  // Shears are about the upper left corner, as torchvision's.
  const double corner_x = -0.5 * in.width, corner_y = -0.5 * in.height;
  switch (o) {
    case Operation::Identity:
      return in;
    case Operation::ShearX:
      return affine(in, {.shear_x = shear(), .centre_x = corner_x, .centre_y = corner_y}, sampling, fill);
    case Operation::ShearY:
      return affine(in, {.shear_y = shear(), .centre_x = corner_x, .centre_y = corner_y}, sampling, fill);
    case Operation::TranslateX:
      return affine(in, {.move_x = std::trunc(m)}, sampling, fill);
    case Operation::TranslateY:
      return affine(in, {.move_y = std::trunc(m)}, sampling, fill);
    case Operation::Rotate:
      return rotate(in, m, sampling, fill);
    case Operation::Brightness:
      return adjust_brightness(std::move(in), 1 + m);
    case Operation::Color:
      return adjust_saturation(std::move(in), 1 + m);
    case Operation::Contrast:
      return adjust_contrast(std::move(in), 1 + m);
    case Operation::Sharpness:
      return adjust_sharpness(std::move(in), 1 + m);
    case Operation::Posterize:
      return posterize(std::move(in), static_cast<int>(m));
    case Operation::Solarize:
      return solarize(std::move(in), 255 * m);
    case Operation::AutoContrast:
      return autocontrast(std::move(in));
    case Operation::Equalize:
      return equalize(std::move(in));
  }
  return in;
}

}  // namespace detail

/// One of fourteen transforms, at one of `bins` magnitudes, either sign.
struct TrivialAugmentWide {
  int bins = 31;
  Interpolation sampling = Interpolation::Nearest;
  Fill fill{};
  template <DrawSource S>
  io::Image operator()(io::Image in, S& draws) const {
    const auto o = static_cast<detail::Operation>(draws.below(detail::operation_count));
    double m = 0;
    if (detail::has_magnitude(o)) {
      const auto bin = static_cast<int>(draws.below(static_cast<std::uint64_t>(bins)));
      m = detail::magnitude(o, {0.99, 32, 32, 135, 0.99, 6}, bins, bin);
    }
    if (detail::has_sign(o) && draws.uniform(0.0, 1.0) <= 0.5) m = -m;
    return detail::apply(o, m, std::move(in), sampling, fill);
  }
};

/// `operations` of fourteen transforms, one after the other, all at magnitude `level` of `bins` (0 to bins - 1).
struct RandAugment {
  int operations = 2, level = 9, bins = 31;
  Interpolation sampling = Interpolation::Nearest;
  Fill fill{};
  template <DrawSource S>
  io::Image operator()(io::Image in, S& draws) const {
    const detail::Magnitudes most{0.3, 150.0 / 331.0 * in.width, 150.0 / 331.0 * in.height, 30, 0.9, 4};
    for (int i = 0; i < operations; ++i) {
      const auto o = static_cast<detail::Operation>(draws.below(detail::operation_count));
      double m = detail::has_magnitude(o) ? detail::magnitude(o, most, bins, level) : 0.0;
      if (detail::has_sign(o) && draws.uniform(0.0, 1.0) <= 0.5) m = -m;
      in = detail::apply(o, m, std::move(in), sampling, fill);
    }
    return in;
  }
};

}  // namespace tuneit::data
