#pragma once
// The numbers of a recipe's loss as they are in a run.
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit {

/// Those of R::loss under these settings. `tested`: as in evaluation, where labels are not smoothed.
template <class R>
constexpr Numbers<typename R::loss> loss_numbers(const Settings& s, bool tested = false) {
  using L = typename R::loss;
  Numbers<L> n;
  if constexpr (number_count<L> != 0) n = Numbers<L>(values_of<R, L>(s));
  if constexpr (detail::SmoothsLabels<L>) n.smoothing = tested ? 0 : s.label_smoothing;
  return n;
}

}  // namespace tuneit
