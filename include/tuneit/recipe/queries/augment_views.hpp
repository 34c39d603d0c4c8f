#pragma once
// Augmentation as plain values: the steps of a recipe with the numbers of now, and in words.
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit {
namespace detail {

inline void add_step(StepList& all, StepView v, const double*& n, std::size_t count, bool orderly, const char* number) {
  if (!orderly)
    throw Error(ErrorKind::Usage,
                std::string("the numbers of a step of the augmentation do not fit together: ") + number +
                    " and those behind it",
                "The lower bound of each pair must not be above the upper one, rand-level must be below rand-bins.");
  for (std::size_t i = 0; i < count; ++i)
    if (i < 5) v.n[i] = n[i];
  n += count;
  all.add(v);
}
template <class... Steps>
StepList step_views(List<Steps...>, const double* n) {
  StepList all;
  [[maybe_unused]] const auto add = [&]<class Step>(Type<Step>) {
    const char* first = "";
    if constexpr (number_count < Step >> 0) first = hyperparameters_of<Step>[0].name;
    add_step(all, {Step::kind, Step::bilinear, {}, Step::noise}, n, number_count<Step>, Step::orderly(n), first);
  };
  (add(Type<Steps>{}), ...);
  return all;
}
template <class... Steps>
StepList default_steps(List<Steps...> steps) {
  return step_views(steps, number_values<Augment<Steps...>>.data());
}

inline std::string percent(double share) { return short_number(100 * share) + " %"; }

inline std::string step_text(const StepView& v) {
  const auto n = [&](std::size_t i) { return short_number(v.n[i]); };
  const auto chance = [](double p) { return " with probability " + short_number(p); };
  switch (v.kind) {
    case StepKind::WholeImage:
      return "whole pictures";
    case StepKind::CenterCrop:
      return "the middle of pictures, " + percent(v.n[0]) + " of the short side";
    case StepKind::RandomResizedCrop:
      return "random crops of " + percent(v.n[0]) + " to " + percent(v.n[1]) + " of the area, ratio " + n(2) + " to " +
             n(3);
    case StepKind::HorizontalFlip:
      return "mirrored" + chance(v.n[0]);
    case StepKind::VerticalFlip:
      return "turned over" + chance(v.n[0]);
    case StepKind::Rotation:
      return "turned by up to " + n(0) + " degrees";
    case StepKind::Affine:
      return "turned by up to " + n(0) + " degrees, moved by up to " + percent(v.n[1]) + ", scaled by " + n(2) +
             " to " + n(3) + ", sheared by up to " + n(4) + " degrees";
    case StepKind::ColorJitter:
      return "brightness, contrast, saturation and hue changed by up to " + n(0) + ", " + n(1) + ", " + n(2) + " and " +
             n(3);
    case StepKind::Grayscale:
      return "without colours" + chance(v.n[0]);
    case StepKind::Invert:
      return "inverted" + chance(v.n[0]);
    case StepKind::AutoContrast:
      return "full contrast" + chance(v.n[0]);
    case StepKind::Equalize:
      return "equalized" + chance(v.n[0]);
    case StepKind::Posterize:
      return n(0) + " bits a value" + chance(v.n[1]);
    case StepKind::Solarize:
      return "solarized from " + n(0) + chance(v.n[1]);
    case StepKind::Sharpness:
      return "sharpness " + n(0) + chance(v.n[1]);
    case StepKind::TrivialAugmentWide:
      return "TrivialAugmentWide, " + n(0) + " magnitudes";
    case StepKind::RandAugment:
      return "RandAugment, " + n(0) + " transforms at magnitude " + n(1) + " of " + n(2);
    case StepKind::RandomErasing:
      return percent(v.n[1]) + " to " + percent(v.n[2]) + " of the area " + (v.noise ? "replaced by noise" : "erased") +
             chance(v.n[0]);
    case StepKind::Own:
      break;
  }
  return "a step of one's own";
}

}  // namespace detail

/// The steps of a recipe, with these numbers; of one that says nothing: random crops and mirror images. Throws
/// Error(Usage) for numbers that do not fit together.
template <class R>
StepList train_steps(const Settings& s) {
  using A = typename R::augment;
  if constexpr (detail::says_augment<R>)
    return detail::step_views(typename A::steps{}, values_of<R, A>(s));
  else
    return detail::default_steps(typename A::steps{});
}

/// The same in the I-th phase.
template <class R, std::size_t I>
StepList train_steps_in(const Settings& s) {
  using A = detail::in_phase_t<typename R::parts, I, slots::Augment, void>;
  if constexpr (std::is_void_v<A>)
    return train_steps<R>(s);
  else
    return detail::step_views(typename A::steps{},
                              s.values.data() + detail::phase_item_offset<typename R::parts, I, A>);
}

/// Does a step cut pictures to their final size? Without one they are cut as in tests.
inline bool crops(const StepList& steps) {
  for (const StepView& v : steps)
    if (detail::is_crop(v.kind)) return true;
  return false;
}

/// The step that says what tests see: WholeImage or CenterCrop, if one of the steps is that, else the usual middle.
inline StepView test_crop(const StepList& steps) {
  for (const StepView& v : steps)
    if (v.kind == StepKind::WholeImage || v.kind == StepKind::CenterCrop) return v;
  return {StepKind::CenterCrop, false, {0.875}};
}

/// "random crops of 8 % to 100 % of the area, ..., mirrored with probability 0.5".
inline std::string augment_text(const StepList& steps) {
  std::string text = crops(steps) ? "" : detail::step_text(test_crop(steps));
  for (const StepView& v : steps) text += (text.empty() ? "" : "; ") + detail::step_text(v);
  return text;
}

/// What tests see of each picture, for people; nothing where it is one version.
constexpr const char* name_of(TestViewKind k) {
  switch (k) {
    case TestViewKind::One:
      break;
    case TestViewKind::Mirror:
      return "the picture and its mirror image";
    case TestViewKind::FiveCrops:
      return "five crops (corners and middle)";
    case TestViewKind::TenCrops:
      return "ten crops (corners and middle, and their mirror images)";
  }
  return "";
}

}  // namespace tuneit
