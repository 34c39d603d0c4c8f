#pragma once
// Transforms that are drawn for each picture from a fixed set.
#include <array>

#include "tuneit/recipe/augment/steps/step.hpp"

namespace tuneit {

/// TrivialAugmentWide (arXiv 2103.10158): one of fourteen transforms, at one of Bins magnitudes.
template <int Bins = 31, class S = Nearest>
struct TrivialAugmentWide : detail::SampledStep<StepKind::TrivialAugmentWide, S> {
  static constexpr std::array numbers{
      detail::whole_number("trivial-bins", Bins, 2, 1000, "magnitudes of TrivialAugmentWide")};
};

/// RandAugment (arXiv 1909.13719): Operations of fourteen transforms one after the other, all at magnitude Level of
/// Bins (0 to Bins - 1).
template <int Operations = 2, int Level = 9, int Bins = 31, class S = Nearest>
struct RandAugment : detail::SampledStep<StepKind::RandAugment, S> {
  static constexpr std::array numbers{
      detail::whole_number("rand-operations", Operations, 0, 100, "transforms of RandAugment"),
      detail::whole_number("rand-level", Level, 0, 999, "their magnitude, below rand-bins"),
      detail::whole_number("rand-bins", Bins, 2, 1000, "magnitudes of RandAugment")};
  static constexpr bool orderly(const double* n) { return n[1] < n[2]; }
};

}  // namespace tuneit
