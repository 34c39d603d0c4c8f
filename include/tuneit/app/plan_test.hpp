#pragma once
// What would --evaluate test? For --dry-run, which says so and tests nothing.
#include <iostream>

#include "tuneit/app/match_classes.hpp"
#include "tuneit/app/preprocessing.hpp"
#include "tuneit/app/test_weights.hpp"

namespace tuneit::app {

/// Prints it. Throws what the test would throw before its first picture, but for what is wrong with the tensors.
inline void plan_test(const Options& o, const RecipeInfo& kind, KnownModel& known, data::Dataset& dataset) {
  if (dataset.test.empty()) throw Error(Fault::Data, o.data + " has no pictures to test on");
  const int in_file = known.card.outputs > 0 ? known.card.outputs : detail::classes_in(o, kind);
  const bool judge = match_for_test(o, kind, in_file, dataset, known);
  const io::Preprocessing pictures = preprocessing_to_test(o, kind, known);
  detail::print_notes(known);
  std::cout << "\nWould test " << kind.model << " from " << o.weights << " on "
            << data::detail::count_text(dataset.test.size(), "picture") << " of " << detail::side_text(pictures.side)
            << (judge ? "" : ", without judging") << "; nothing was tested (--dry-run)\n";
}

}  // namespace tuneit::app
