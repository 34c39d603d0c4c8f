#pragma once
// What is a step of augmentation? A tag with numbers; of which kind it is, its base says.
#include <cstdint>
#include <type_traits>

#include "tuneit/net/sampling.hpp"
#include "tuneit/recipe/plan/hyperparameter.hpp"

namespace tuneit {

enum class StepKind : std::uint8_t {
  Own,  ///< a step of one's own
  WholeImage,
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
/// `io::Image operator()(io::Image, S& draws) const`.
struct AugmentStep {
  static constexpr StepKind kind = StepKind::Own;
  static constexpr bool bilinear = false;
  static constexpr bool noise = false;
  static constexpr bool orderly(const double*) { return true; }  ///< do the numbers fit together?
};

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

constexpr Hyperparameter share_number(const char* name, double value, const char* about, double most = 1) {
  return {.name = name, .value = value, .most = most, .about = about};
}
constexpr Hyperparameter chance_number(const char* name, double value, const char* about) {
  return share_number(name, value, about);
}
constexpr Hyperparameter positive_number(const char* name, double value, const char* about) {
  return {.name = name, .value = value, .open = true, .about = about};
}
constexpr Hyperparameter degrees_number(const char* name, double value, const char* about, double most) {
  return {.name = name, .value = value, .most = most, .unit = "degrees", .about = about};
}
constexpr Hyperparameter whole_number(const char* name, double value, double least, double most, const char* about) {
  return {.name = name, .value = value, .least = least, .most = most, .whole = true, .about = about};
}

}  // namespace detail

}  // namespace tuneit
