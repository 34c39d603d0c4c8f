#pragma once
// How are the pictures of a run changed before the network sees them?
#include "tuneit/app/data/preprocessing.hpp"
#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/data/augment/recipe_augment.hpp"
#include "tuneit/recipe/queries/augment_names.hpp"

namespace tuneit::app {

/// The transforms of the training pictures, and of those to be judged on.
inline data::Augment train_augment(const Options& o, const RecipeInfo& kind) {
  if (o.augment == "recipe") return kind.augment(o.settings);
  return data::train_augment(named_steps(o.augment), o.settings.side);
}
/// What the loader of the training pictures is told of the recipe's phases.
inline std::vector<data::DataPhase> train_phases(const Options& o, const RecipeInfo& kind) {
  std::vector<data::DataPhase> phases = kind.phases(o.settings);
  if (o.augment == "recipe") return phases;
  const std::vector<int> sides = kind.sides(o.settings);
  for (std::size_t i = 0; i < phases.size(); ++i)
    phases[i].augment = data::train_augment(named_steps(o.augment), sides[i]);
  return phases;
}
inline data::Augment test_augment(const Options& o, const RecipeInfo& kind) {
  return data::test_augment(chosen_steps(o, kind), o.test_views, o.settings.side);
}

}  // namespace tuneit::app
