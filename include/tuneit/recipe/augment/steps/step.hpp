#pragma once
// What is a step of augmentation? A tag with numbers; of which kind it is, its base says.
#include <cstdint>
#include <type_traits>

#include "tuneit/recipe/plan/knob.hpp"

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

template <StepKind Kind>
struct StepOf : AugmentStep {
  static constexpr StepKind kind = Kind;
};

template <class S>
inline constexpr bool is_bilinear = std::is_same_v<S, Bilinear>;

/// A step that computes pixels from those around a place; S: Nearest or Bilinear.
template <StepKind Kind, class S>
struct SampledStep : StepOf<Kind> {
  static constexpr bool bilinear = is_bilinear<S>;
  using sampling = S;
};

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

}  // namespace detail

}  // namespace tuneit
