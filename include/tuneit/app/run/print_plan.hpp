#pragma once
// What is printed before a training begins?
#include <iostream>
#include <string>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/app/run/plan_checks.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/engine/feature_cache.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/recipe/queries/augment_names.hpp"

namespace tuneit::app {
namespace detail {

/// Does the training keep what the frozen blocks make of the pictures, and where? One line of the plan.
inline std::string feature_note(const Settings& s, std::int64_t numbers, const data::Loader& train, std::size_t tests) {
  if (!s.cache_features) return "features are computed in every epoch (--no-feature-cache)";
  if (train.views() == 0)
    return "features are computed in every epoch, which sees new versions of the pictures (--views N, --augment none)";
  if (static_cast<std::uint64_t>(s.epochs) <= train.views())
    return "features are computed in every epoch: no version of a picture comes again";
  const std::size_t size = c10::elementSize(resolve(s.precision, resolve(s.device)));
  const auto room = [&](std::size_t pictures) {
    return find_room(static_cast<std::int64_t>(pictures * size) * numbers, s.cache_bytes).text;
  };
  return "features are kept: " + room(train.list().size() * train.views()) +
         (tests > 0 ? "; those of the test: " + room(tests) : "");
}

}  // namespace detail

/// The plan of the recipe, what its pictures look like, and what had better be known. `tests`: pictures, each as often
/// as it is seen.
inline void print_plan(const Options& o, const RecipeInfo& kind, const data::Loader& train, std::size_t tests) {
  const Settings& s = o.settings;
  const std::vector<std::string> notes = plan_notes(o, kind, train.samples());
  std::cout << "\n" << kind.explain(s);
  if (o.augment != "recipe")
    std::cout << "  training sees " << augment_text(named_steps(o.augment)) << " (--augment " << o.augment << ")\n";
  if (o.test_views != kind.test_views)
    std::cout << "  tests see "
              << (o.test_views == TestViewKind::One ? "one version of each picture" : name_of(o.test_views))
              << " (--test-views)\n";
  if (const std::int64_t numbers = kind.features(s); numbers > 0)
    std::cout << "  " << detail::feature_note(s, numbers, train, tests) << "\n";
  if (o.scratch) std::cout << "  from random weights (--scratch), nothing is loaded\n";
  for (const std::string& note : notes) std::cout << "  note: " << note << "\n";
}

}  // namespace tuneit::app
