#pragma once
// Where do the pixels of a picture go? Mirror images, rotations and affine maps.
#include <array>

#include "tuneit/recipe/augment/steps/step.hpp"

namespace tuneit {

/// Left becomes right with probability P.
template <auto P = 0.5>
struct HorizontalFlip : detail::StepOf<StepKind::HorizontalFlip> {
  static constexpr std::array numbers{
      detail::chance_number("flip", static_cast<double>(P), "share of pictures that are mirrored")};
};

/// Top becomes bottom with probability P.
template <auto P = 0.5>
struct VerticalFlip : detail::StepOf<StepKind::VerticalFlip> {
  static constexpr std::array numbers{
      detail::chance_number("vertical-flip", static_cast<double>(P), "share of pictures that are turned over")};
};

/// Turned around the middle by at most Degrees (0 to 180) either way; black comes in from outside. S: Nearest or
/// Bilinear.
template <auto Degrees, class S = Nearest>
struct Rotation : detail::SampledStep<StepKind::Rotation, S> {
  static constexpr std::array numbers{
      detail::degrees_number("rotation", static_cast<double>(Degrees), "turned by at most so much", 180)};
};

/// Turned by at most Degrees, moved by at most a share Translate of each side, scaled by ScaleLow..ScaleHigh, sheared
/// by at most Shear degrees along each side; black comes in from outside.
template <auto Degrees, auto Translate = 0.0, auto ScaleLow = 1.0, auto ScaleHigh = 1.0, auto Shear = 0.0,
          class S = Nearest>
struct Affine : detail::SampledStep<StepKind::Affine, S> {
  static constexpr std::array numbers{
      detail::degrees_number("affine-rotation", static_cast<double>(Degrees), "turned by at most so much", 180),
      detail::share_number("affine-translate", static_cast<double>(Translate), "of a side: moved by at most so much"),
      detail::positive_number("affine-scale-low", static_cast<double>(ScaleLow), "the least scale"),
      detail::positive_number("affine-scale-high", static_cast<double>(ScaleHigh), "the largest scale"),
      detail::degrees_number("affine-shear", static_cast<double>(Shear), "sheared by at most so much", 89)};
  static constexpr bool orderly(const double* n) { return n[2] <= n[3]; }
};

}  // namespace tuneit
