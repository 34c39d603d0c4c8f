#pragma once
// Augmentation that has a name, for command lines.
#include <string>
#include <string_view>

#include "tuneit/recipe/queries/augment_views.hpp"

namespace tuneit {

/// The views of tests by name, as `--test-views` takes them and cards of models have them, in the order of
/// TestViewKind.
inline constexpr std::string_view test_view_names[] = {"one", "mirror", "five-crops", "ten-crops"};

/// Augmentation by name, as `--augment` takes it.
inline constexpr std::string_view augment_names[] = {"imagenet", "flips", "none", "colour", "trivial", "rand"};

/// Their steps. imagenet: random crops and mirror images; flips: whole pictures, mirrored and turned over; none;
/// the others are imagenet's and: colour: ColorJitter<0.4, 0.4, 0.4, 0.1>; trivial: TrivialAugmentWide<> and
/// RandomErasing<0.1>, as in torchvision's newer recipes; rand: RandAugment<>. Throws Error(Usage) for another name.
inline StepList named_steps(std::string_view name) {
  using detail::default_steps;
  if (name == "imagenet") return default_steps(detail::NoAugmentSaid::steps{});
  if (name == "flips") return default_steps(List<WholeImage, HorizontalFlip<>, VerticalFlip<>>{});
  if (name == "none") return StepList();
  if (name == "colour")
    return default_steps(List<RandomResizedCrop<>, HorizontalFlip<>, ColorJitter<0.4, 0.4, 0.4, 0.1>>{});
  if (name == "trivial")
    return default_steps(List<RandomResizedCrop<>, HorizontalFlip<>, TrivialAugmentWide<>, RandomErasing<0.1>>{});
  if (name == "rand") return default_steps(List<RandomResizedCrop<>, HorizontalFlip<>, RandAugment<>>{});
  std::string known;
  for (const std::string_view n : augment_names) known += (known.empty() ? "" : ", ") + std::string(n);
  throw Error(ErrorKind::Usage, "no augmentation is called " + std::string(name), "Known are " + known + ".");
}

}  // namespace tuneit
