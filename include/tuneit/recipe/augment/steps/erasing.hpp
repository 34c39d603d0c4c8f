#pragma once
// What hides a part of a picture?
#include <array>
#include <type_traits>

#include "tuneit/recipe/augment/steps/step.hpp"

namespace tuneit {

/// With probability P a rectangle of ScaleLow..ScaleHigh of the area, its ratio of height to width
/// RatioLow..RatioHigh, is painted over. F: MeanColour, or Noise, drawn for each channel of each pixel. It works behind
/// the normalisation: the last step.
template <auto P = 0.5, auto ScaleLow = 0.02, auto ScaleHigh = 0.33, auto RatioLow = 0.3, auto RatioHigh = 3.3,
          class F = MeanColour>
struct RandomErasing : detail::StepOf<StepKind::RandomErasing> {
  static constexpr bool noise = std::is_same_v<F, Noise>;
  using filling = F;
  static constexpr std::array numbers{
      detail::chance_number("erasing", static_cast<double>(P), "share of pictures that lose a rectangle"),
      detail::share_number("erasing-scale-low", static_cast<double>(ScaleLow),
                           "least share of the area that is erased"),
      detail::share_number("erasing-scale-high", static_cast<double>(ScaleHigh), "largest share of it"),
      detail::positive_number("erasing-ratio-low", static_cast<double>(RatioLow), "least height / width"),
      detail::positive_number("erasing-ratio-high", static_cast<double>(RatioHigh), "largest height / width")};
  static constexpr bool orderly(const double* n) { return n[1] <= n[2] && n[3] <= n[4]; }
};

}  // namespace tuneit
