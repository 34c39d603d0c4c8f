#pragma once
// Why are steps of a recipe not replayed as graphs?
#include <c10/core/Device.h>

#include <string>

#include "tuneit/aten/device_graph.hpp"
#include "tuneit/engine/step/over_ranks.hpp"
#include "tuneit/recipe/assemble/parts.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit::detail {

/// Why steps of R are not replayed as graphs, as far as is known before the first one; empty: they may be.
template <class R>
std::string why_no_graphs(const Settings& s, at::Device device) {
  if (device.is_cpu()) return "the CPU has none";
  if (!s.graphs) return "Settings::graphs is off";
  if (recipe_effects<R>.gathers_batches) return "a step is made of several batches";
  if (recipe_effects<R>.skips_steps) return "a policy decides on the host whether a step is taken";
  if (!recipe_effects<R>.replays) return "a policy acts in a step and does not say Effects{.replays = true}";
#ifdef TUNEIT_RANKS
  if (ranks::group() != nullptr) return "several processes train together, and sum their gradients by the host";
#endif
  if (graph_factory() == nullptr) return "no file of the program includes tuneit/aten/cuda/graphs.hpp with TUNEIT_CUDA";
  return {};
}

}  // namespace tuneit::detail
