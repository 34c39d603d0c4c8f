#pragma once
// What becomes of the values of pixels? Colours, contrast, sharpness.
#include <array>

#include "tuneit/recipe/augment/steps/step.hpp"

namespace tuneit {

/// Brightness, contrast and saturation times a factor of [max(0, 1 - x), 1 + x], the hue turned by at most Hue (0.5) of
/// the circle, in random order.
template <auto Brightness, auto Contrast = 0.0, auto Saturation = 0.0, auto Hue = 0.0>
struct ColorJitter : detail::StepOf<StepKind::ColorJitter> {
  static constexpr std::array numbers{
      Hyperparameter{
          .name = "jitter-brightness", .value = static_cast<double>(Brightness), .about = "changes by up to so much"},
      Hyperparameter{
          .name = "jitter-contrast", .value = static_cast<double>(Contrast), .about = "changes by up to so much"},
      Hyperparameter{
          .name = "jitter-saturation", .value = static_cast<double>(Saturation), .about = "changes by up to so much"},
      detail::share_number("jitter-hue", static_cast<double>(Hue), "turns by up to so much of the circle", 0.5)};
};

/// Without colours, with probability P.
template <auto P = 0.1>
struct Grayscale : detail::StepOf<StepKind::Grayscale> {
  static constexpr std::array numbers{
      detail::chance_number("grayscale", static_cast<double>(P), "share of pictures that lose their colours")};
};

/// Each value becomes 255 - value, with probability P.
template <auto P = 0.5>
struct Invert : detail::StepOf<StepKind::Invert> {
  static constexpr std::array numbers{
      detail::chance_number("invert", static_cast<double>(P), "share of pictures that are inverted")};
};

/// Each channel is stretched to 0..255, with probability P.
template <auto P = 0.5>
struct AutoContrast : detail::StepOf<StepKind::AutoContrast> {
  static constexpr std::array numbers{
      detail::chance_number("auto-contrast", static_cast<double>(P), "share of pictures that get full contrast")};
};

/// The histogram of each channel is made flat, with probability P.
template <auto P = 0.5>
struct Equalize : detail::StepOf<StepKind::Equalize> {
  static constexpr std::array numbers{
      detail::chance_number("equalize", static_cast<double>(P), "share of pictures that are equalized")};
};

/// Keeps the Bits (0 to 8) highest bits of each value, with probability P.
template <int Bits, auto P = 0.5>
struct Posterize : detail::StepOf<StepKind::Posterize> {
  static constexpr std::array numbers{
      detail::whole_number("posterize-bits", Bits, 0, 8, "bits that are kept of each value"),
      detail::chance_number("posterize", static_cast<double>(P), "share of pictures that lose bits")};
};

/// Values from Threshold (0 to 255) on become 255 - value, with probability P.
template <auto Threshold, auto P = 0.5>
struct Solarize : detail::StepOf<StepKind::Solarize> {
  static constexpr std::array numbers{
      detail::share_number("solarize-threshold", static_cast<double>(Threshold), "values from here on are inverted",
                           255),
      detail::chance_number("solarize", static_cast<double>(P), "share of pictures that are solarized")};
};

/// Sharper by Factor (0 smooths, 1 is the picture, 2 sharpens), with probability P.
template <auto Factor, auto P = 0.5>
struct Sharpness : detail::StepOf<StepKind::Sharpness> {
  static constexpr std::array numbers{
      Hyperparameter{
          .name = "sharpness-factor", .value = static_cast<double>(Factor), .about = "0 smooths, 2 sharpens"},
      detail::chance_number("sharpness", static_cast<double>(P), "share of pictures that change their sharpness")};
};

}  // namespace tuneit
