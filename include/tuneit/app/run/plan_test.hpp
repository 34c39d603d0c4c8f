#pragma once
// What would --evaluate test? For --dry-run, which says so and tests nothing.
#include <iostream>

#include "tuneit/app/run/test_weights.hpp"

namespace tuneit::app {

/// Prints it. Throws what the test would throw before its first picture, but for what is wrong with the tensors.
inline void plan_test(const Options& o, const RecipeInfo& kind, KnownModel& known, data::Dataset& dataset) {
  const detail::TestMatch match = detail::match_to_test(o, kind, known, dataset);
  std::cout << "\nWould test " << kind.model << " from " << o.weights << " on "
            << data::detail::count_text(dataset.test.size(), "picture") << " of "
            << detail::side_text(match.pictures.side) << (match.judge ? "" : ", without judging")
            << "; nothing was tested (--dry-run)\n";
}

}  // namespace tuneit::app
