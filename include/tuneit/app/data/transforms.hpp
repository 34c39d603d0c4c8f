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
inline data::Augment test_augment(const Options& o, const RecipeInfo& kind) {
  return data::test_augment(chosen_steps(o, kind), o.test_views, o.settings.side);
}

}  // namespace tuneit::app
