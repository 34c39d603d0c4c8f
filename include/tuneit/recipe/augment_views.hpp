#pragma once
// Augmentation as plain values: the steps of a recipe with the numbers of now, those that have a name, and both in words.
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/settings.hpp"

namespace tuneit {
namespace detail {

template <class Step>
void add_step(std::vector<StepView>& all, const double*& n) {
  StepView v{Step::kind, Step::bilinear, {}};
  if (!Step::orderly(n))
    throw Error(Fault::Usage, "the numbers of " + type_name<Step>() + " do not fit together",
                "The lower bound of each pair must not be above the upper one, rand-level must be below rand-bins.");
  for (std::size_t i = 0; i < knob_count<Step>; ++i)
    if (i < v.n.size()) v.n[i] = n[i];
  n += knob_count<Step>;
  all.push_back(v);
}
template <class... Steps>
std::vector<StepView> step_views(List<Steps...>, const double* n) {
  std::vector<StepView> all;
  (add_step<Steps>(all, n), ...);
  return all;
}
template <class... Steps>
std::vector<StepView> default_steps(List<Steps...> steps) {
  return step_views(steps, knob_values<Augment<Steps...>>.data());
}

inline std::string percent(double share) { return short_number(100 * share) + " %"; }

inline std::string step_text(const StepView& v) {
  const auto n = [&](std::size_t i) { return short_number(v.n[i]); };
  const auto chance = [](double p) { return " with probability " + short_number(p); };
  switch (v.kind) {
    case StepKind::WholePicture:
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
      return percent(v.n[1]) + " to " + percent(v.n[2]) + " of the area erased" + chance(v.n[0]);
    case StepKind::Own:
      break;
  }
  return "a step of one's own";
}

}  // namespace detail

/// The steps of a recipe, with these numbers; of one that says nothing: random crops and mirror images. Throws
/// Error(Usage) for numbers that do not fit together.
template <class R>
std::vector<StepView> train_steps(const Settings& s) {
  using A = typename R::augment;
  if constexpr (detail::says_augment<R>)
    return detail::step_views(typename A::steps{}, s.values.data() + detail::knob_offset<typename R::parts, A>);
  else
    return detail::default_steps(typename A::steps{});
}

/// Augmentation by name, as `--augment` takes it.
inline constexpr std::string_view augment_names[] = {"imagenet", "flips", "none", "colour", "trivial", "rand"};

/// Their steps. imagenet: random crops and mirror images; flips: whole pictures, mirrored and turned over; none;
/// the others are imagenet's and: colour: ColorJitter<0.4, 0.4, 0.4, 0.1>; trivial: TrivialAugmentWide<> and
/// RandomErasing<0.1>, as in torchvision's newer recipes; rand: RandAugment<>. Throws Error(Usage) for another name.
inline std::vector<StepView> named_steps(std::string_view name) {
  using detail::default_steps;
  if (name == "imagenet") return default_steps(detail::UsualAugment::steps{});
  if (name == "flips") return default_steps(List<WholePicture, HorizontalFlip<>, VerticalFlip<>>{});
  if (name == "none") return {};
  if (name == "colour")
    return default_steps(List<RandomResizedCrop<>, HorizontalFlip<>, ColorJitter<0.4, 0.4, 0.4, 0.1>>{});
  if (name == "trivial")
    return default_steps(List<RandomResizedCrop<>, HorizontalFlip<>, TrivialAugmentWide<>, RandomErasing<0.1>>{});
  if (name == "rand") return default_steps(List<RandomResizedCrop<>, HorizontalFlip<>, RandAugment<>>{});
  std::string known;
  for (const std::string_view n : augment_names) known += (known.empty() ? "" : ", ") + std::string(n);
  throw Error(Fault::Usage, "no augmentation is called " + std::string(name), "Known are " + known + ".");
}

/// Does a step cut pictures to their final size? Without one they are cut as in tests.
inline bool crops(const std::vector<StepView>& steps) {
  for (const StepView& v : steps)
    if (detail::is_crop(v.kind)) return true;
  return false;
}

/// The step that says what tests see: WholePicture or CenterCrop, if one of the steps is that, else the usual middle.
inline StepView test_crop(const std::vector<StepView>& steps) {
  for (const StepView& v : steps)
    if (v.kind == StepKind::WholePicture || v.kind == StepKind::CenterCrop) return v;
  return {StepKind::CenterCrop, false, {CenterCrop<>::knobs[0].value}};
}

/// "random crops of 8 % to 100 % of the area, ..., mirrored with probability 0.5".
inline std::string augment_text(const std::vector<StepView>& steps) {
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
