#pragma once
// Which part of a picture is seen? Steps that bring it to the size that the network takes.
#include <array>

#include "tuneit/recipe/augment/steps/step.hpp"

namespace tuneit {

/// The whole picture, whatever that does to its ratio; tests see the whole picture, too. For pictures whose borders
/// matter.
struct WholeImage : detail::StepOf<StepKind::WholeImage> {};
using WholePicture [[deprecated("it is called WholeImage")]] = WholeImage;

/// What tests see: the short side becomes side / Share pixels (256 for 224), then the middle is cut out.
template <auto Share = 0.875>
struct CenterCrop : detail::StepOf<StepKind::CenterCrop> {
  static constexpr std::array numbers{Hyperparameter{.name = "crop-share",
                                                     .value = static_cast<double>(Share),
                                                     .least = 0.1,
                                                     .most = 1,
                                                     .about = "of the short side that the middle crop keeps"}};
};

/// A random rectangle of a share ScaleLow..ScaleHigh of the area and a ratio of width to height of RatioLow..RatioHigh,
/// resized to the side of the pictures.
template <auto ScaleLow = 0.08, auto ScaleHigh = 1.0, auto RatioLow = 3.0 / 4, auto RatioHigh = 4.0 / 3>
struct RandomResizedCrop : detail::StepOf<StepKind::RandomResizedCrop> {
  static constexpr std::array numbers{
      Hyperparameter{.name = "crop-scale-low",
                     .value = static_cast<double>(ScaleLow),
                     .most = 1,
                     .open = true,
                     .about = "least share of the area of a random crop"},
      detail::share_number("crop-scale-high", static_cast<double>(ScaleHigh), "largest share of it"),
      detail::positive_number("crop-ratio-low", static_cast<double>(RatioLow), "least width / height of a random crop"),
      detail::positive_number("crop-ratio-high", static_cast<double>(RatioHigh), "largest width / height")};
  static constexpr bool orderly(const double* n) { return n[0] <= n[1] && n[2] <= n[3]; }
};

}  // namespace tuneit
