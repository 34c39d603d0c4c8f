#pragma once
// What augmentation is made of: the steps of Augment<...>. Each is torchvision's transform of that name (v2, on bytes),
// with its defaults. The pixels are changed in data/, by plain numbers: a StepView.
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tuneit/recipe/knob.hpp"

namespace tuneit {

enum class StepKind : std::uint8_t {
  Own,  ///< a step of one's own
  WholePicture,
  CenterCrop,
  RandomResizedCrop,
  HorizontalFlip,
  VerticalFlip,
  Rotation,
  Affine,
  ColorJitter,
  Grayscale,
  Invert,
  AutoContrast,
  Equalize,
  Posterize,
  Solarize,
  Sharpness,
  TrivialAugmentWide,
  RandAugment,
  RandomErasing
};

/// Base of the steps. One of one's own derives from it and is a callable of the data pipeline: a template
/// `io::Picture operator()(io::Picture, S& draws) const`.
struct AugmentStep {
  static constexpr StepKind kind = StepKind::Own;
  static constexpr bool bilinear = false;
  static constexpr bool noise = false;
  static constexpr bool orderly(const double*) { return true; }  ///< do the numbers fit together?
};

struct Nearest {};   ///< a pixel is that of the nearest place: torchvision's default
struct Bilinear {};  ///< a pixel is mixed from the four around its place

struct MeanColour {};  ///< what is erased becomes the mean colour, which is 0 behind the normalisation
struct Noise {};       ///< it becomes normal noise: torchvision's value="random"

namespace detail {

constexpr Knob share_knob(const char* name, double value, const char* about, double most = 1) {
  return {.name = name, .value = value, .most = most, .about = about};
}
constexpr Knob chance_knob(const char* name, double value, const char* about) { return share_knob(name, value, about); }
constexpr Knob positive_knob(const char* name, double value, const char* about) {
  return {.name = name, .value = value, .open = true, .about = about};
}
constexpr Knob degrees_knob(const char* name, double value, const char* about, double most) {
  return {.name = name, .value = value, .most = most, .unit = "degrees", .about = about};
}
constexpr Knob whole_knob(const char* name, double value, double least, double most, const char* about) {
  return {.name = name, .value = value, .least = least, .most = most, .whole = true, .about = about};
}

// A step that happens with a probability, and has nothing else to say.
template <StepKind Kind>
struct ChanceStep : AugmentStep {
  static constexpr StepKind kind = Kind;
};
template <class S>
inline constexpr bool is_bilinear = std::is_same_v<S, Bilinear>;

}  // namespace detail

/// The whole picture, whatever that does to its ratio; tests see the whole picture, too. For pictures whose borders
/// matter.
struct WholePicture : AugmentStep {
  static constexpr StepKind kind = StepKind::WholePicture;
};

/// What tests see: the short side becomes side / Share pixels (256 for 224), then the middle is cut out.
template <auto Share = 0.875>
struct CenterCrop : AugmentStep {
  static constexpr StepKind kind = StepKind::CenterCrop;
  static constexpr std::array knobs{Knob{.name = "crop-share",
                                         .value = static_cast<double>(Share),
                                         .least = 0.1,
                                         .most = 1,
                                         .about = "of the short side that the middle crop keeps"}};
};

/// A random rectangle of a share ScaleLow..ScaleHigh of the area and a ratio of width to height of RatioLow..RatioHigh,
/// resized to the side of the pictures.
template <auto ScaleLow = 0.08, auto ScaleHigh = 1.0, auto RatioLow = 3.0 / 4, auto RatioHigh = 4.0 / 3>
struct RandomResizedCrop : AugmentStep {
  static constexpr StepKind kind = StepKind::RandomResizedCrop;
  static constexpr std::array knobs{
      Knob{.name = "crop-scale-low",
           .value = static_cast<double>(ScaleLow),
           .most = 1,
           .open = true,
           .about = "least share of the area of a random crop"},
      detail::share_knob("crop-scale-high", static_cast<double>(ScaleHigh), "largest share of it"),
      detail::positive_knob("crop-ratio-low", static_cast<double>(RatioLow), "least width / height of a random crop"),
      detail::positive_knob("crop-ratio-high", static_cast<double>(RatioHigh), "largest width / height")};
  static constexpr bool orderly(const double* n) { return n[0] <= n[1] && n[2] <= n[3]; }
};

/// Left becomes right with probability P.
template <auto P = 0.5>
struct HorizontalFlip : detail::ChanceStep<StepKind::HorizontalFlip> {
  static constexpr std::array knobs{
      detail::chance_knob("flip", static_cast<double>(P), "share of pictures that are mirrored")};
};

/// Top becomes bottom with probability P.
template <auto P = 0.5>
struct VerticalFlip : detail::ChanceStep<StepKind::VerticalFlip> {
  static constexpr std::array knobs{
      detail::chance_knob("vertical-flip", static_cast<double>(P), "share of pictures that are turned over")};
};

/// Turned around the middle by at most Degrees (0 to 180) either way; black comes in from outside. S: Nearest or
/// Bilinear.
template <auto Degrees, class S = Nearest>
struct Rotation : AugmentStep {
  static constexpr StepKind kind = StepKind::Rotation;
  static constexpr bool bilinear = detail::is_bilinear<S>;
  using sampling = S;
  static constexpr std::array knobs{
      detail::degrees_knob("rotation", static_cast<double>(Degrees), "turned by at most so much", 180)};
};

/// Turned by at most Degrees, moved by at most a share Translate of each side, scaled by ScaleLow..ScaleHigh, sheared
/// by at most Shear degrees along each side; black comes in from outside.
template <auto Degrees, auto Translate = 0.0, auto ScaleLow = 1.0, auto ScaleHigh = 1.0, auto Shear = 0.0,
          class S = Nearest>
struct Affine : AugmentStep {
  static constexpr StepKind kind = StepKind::Affine;
  static constexpr bool bilinear = detail::is_bilinear<S>;
  using sampling = S;
  static constexpr std::array knobs{
      detail::degrees_knob("affine-rotation", static_cast<double>(Degrees), "turned by at most so much", 180),
      detail::share_knob("affine-translate", static_cast<double>(Translate), "of a side: moved by at most so much"),
      detail::positive_knob("affine-scale-low", static_cast<double>(ScaleLow), "the least scale"),
      detail::positive_knob("affine-scale-high", static_cast<double>(ScaleHigh), "the largest scale"),
      detail::degrees_knob("affine-shear", static_cast<double>(Shear), "sheared by at most so much", 89)};
  static constexpr bool orderly(const double* n) { return n[2] <= n[3]; }
};

/// Brightness, contrast and saturation times a factor of [max(0, 1 - x), 1 + x], the hue turned by at most Hue (0.5) of
/// the circle, in random order.
template <auto Brightness, auto Contrast = 0.0, auto Saturation = 0.0, auto Hue = 0.0>
struct ColorJitter : AugmentStep {
  static constexpr StepKind kind = StepKind::ColorJitter;
  static constexpr std::array knobs{
      Knob{.name = "jitter-brightness", .value = static_cast<double>(Brightness), .about = "changes by up to so much"},
      Knob{.name = "jitter-contrast", .value = static_cast<double>(Contrast), .about = "changes by up to so much"},
      Knob{.name = "jitter-saturation", .value = static_cast<double>(Saturation), .about = "changes by up to so much"},
      detail::share_knob("jitter-hue", static_cast<double>(Hue), "turns by up to so much of the circle", 0.5)};
};

/// Without colours, with probability P.
template <auto P = 0.1>
struct Grayscale : detail::ChanceStep<StepKind::Grayscale> {
  static constexpr std::array knobs{
      detail::chance_knob("grayscale", static_cast<double>(P), "share of pictures that lose their colours")};
};
/// Each value becomes 255 - value, with probability P.
template <auto P = 0.5>
struct Invert : detail::ChanceStep<StepKind::Invert> {
  static constexpr std::array knobs{
      detail::chance_knob("invert", static_cast<double>(P), "share of pictures that are inverted")};
};
/// Each channel is stretched to 0..255, with probability P.
template <auto P = 0.5>
struct AutoContrast : detail::ChanceStep<StepKind::AutoContrast> {
  static constexpr std::array knobs{
      detail::chance_knob("auto-contrast", static_cast<double>(P), "share of pictures that get full contrast")};
};
/// The histogram of each channel is made flat, with probability P.
template <auto P = 0.5>
struct Equalize : detail::ChanceStep<StepKind::Equalize> {
  static constexpr std::array knobs{
      detail::chance_knob("equalize", static_cast<double>(P), "share of pictures that are equalized")};
};
/// Keeps the Bits (0 to 8) highest bits of each value, with probability P.
template <int Bits, auto P = 0.5>
struct Posterize : AugmentStep {
  static constexpr StepKind kind = StepKind::Posterize;
  static constexpr std::array knobs{
      detail::whole_knob("posterize-bits", Bits, 0, 8, "bits that are kept of each value"),
      detail::chance_knob("posterize", static_cast<double>(P), "share of pictures that lose bits")};
};
/// Values from Threshold (0 to 255) on become 255 - value, with probability P.
template <auto Threshold, auto P = 0.5>
struct Solarize : AugmentStep {
  static constexpr StepKind kind = StepKind::Solarize;
  static constexpr std::array knobs{
      detail::share_knob("solarize-threshold", static_cast<double>(Threshold), "values from here on are inverted", 255),
      detail::chance_knob("solarize", static_cast<double>(P), "share of pictures that are solarized")};
};
/// Sharper by Factor (0 smooths, 1 is the picture, 2 sharpens), with probability P.
template <auto Factor, auto P = 0.5>
struct Sharpness : AugmentStep {
  static constexpr StepKind kind = StepKind::Sharpness;
  static constexpr std::array knobs{
      Knob{.name = "sharpness-factor", .value = static_cast<double>(Factor), .about = "0 smooths, 2 sharpens"},
      detail::chance_knob("sharpness", static_cast<double>(P), "share of pictures that change their sharpness")};
};

/// TrivialAugmentWide (arXiv 2103.10158): one of fourteen transforms, at one of Bins magnitudes.
template <int Bins = 31, class S = Nearest>
struct TrivialAugmentWide : AugmentStep {
  static constexpr StepKind kind = StepKind::TrivialAugmentWide;
  static constexpr bool bilinear = detail::is_bilinear<S>;
  using sampling = S;
  static constexpr std::array knobs{
      detail::whole_knob("trivial-bins", Bins, 2, 1000, "magnitudes of TrivialAugmentWide")};
};

/// RandAugment (arXiv 1909.13719): Operations of fourteen transforms one after the other, all at magnitude Level of
/// Bins (0 to Bins - 1).
template <int Operations = 2, int Level = 9, int Bins = 31, class S = Nearest>
struct RandAugment : AugmentStep {
  static constexpr StepKind kind = StepKind::RandAugment;
  static constexpr bool bilinear = detail::is_bilinear<S>;
  using sampling = S;
  static constexpr std::array knobs{
      detail::whole_knob("rand-operations", Operations, 0, 100, "transforms of RandAugment"),
      detail::whole_knob("rand-level", Level, 0, 999, "their magnitude, below rand-bins"),
      detail::whole_knob("rand-bins", Bins, 2, 1000, "magnitudes of RandAugment")};
  static constexpr bool orderly(const double* n) { return n[1] < n[2]; }
};

/// With probability P a rectangle of ScaleLow..ScaleHigh of the area, its ratio of height to width
/// RatioLow..RatioHigh, is painted over. F: MeanColour, or Noise, drawn for each channel of each pixel. It works behind
/// the normalisation: the last step.
template <auto P = 0.5, auto ScaleLow = 0.02, auto ScaleHigh = 0.33, auto RatioLow = 0.3, auto RatioHigh = 3.3,
          class F = MeanColour>
struct RandomErasing : AugmentStep {
  static constexpr StepKind kind = StepKind::RandomErasing;
  static constexpr bool noise = std::is_same_v<F, Noise>;
  using filling = F;
  static constexpr std::array knobs{
      detail::chance_knob("erasing", static_cast<double>(P), "share of pictures that lose a rectangle"),
      detail::share_knob("erasing-scale-low", static_cast<double>(ScaleLow), "least share of the area that is erased"),
      detail::share_knob("erasing-scale-high", static_cast<double>(ScaleHigh), "largest share of it"),
      detail::positive_knob("erasing-ratio-low", static_cast<double>(RatioLow), "least height / width"),
      detail::positive_knob("erasing-ratio-high", static_cast<double>(RatioHigh), "largest height / width")};
  static constexpr bool orderly(const double* n) { return n[1] <= n[2] && n[3] <= n[4]; }
};

/// A step as plain values: what data/, python/ and explain read. n: the values of its knobs.
struct StepView {
  StepKind kind = StepKind::Own;
  bool bilinear = false;
  double n[5]{};
  bool noise = false;  ///< of RandomErasing
};

/// Steps in their order. (No vector: every recipe would instantiate it.)
struct StepList {
  static constexpr std::size_t most = 24;
  StepView steps[most]{};
  std::size_t count = 0;

  constexpr void add(const StepView& v) { steps[count++] = v; }
  [[nodiscard]] constexpr const StepView* begin() const { return steps; }
  [[nodiscard]] constexpr const StepView* end() const { return steps + count; }
  [[nodiscard]] constexpr std::size_t size() const { return count; }
  [[nodiscard]] constexpr bool empty() const { return count == 0; }
};

}  // namespace tuneit
