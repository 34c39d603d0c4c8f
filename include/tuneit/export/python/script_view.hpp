#pragma once
// What does a script say of a recipe? All that differs between recipes, as plain values.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/python/augment.hpp"
#include "tuneit/export/python/curves.hpp"
#include "tuneit/export/python/extras.hpp"
#include "tuneit/export/python/loss.hpp"
#include "tuneit/export/python/optimizer.hpp"
#include "tuneit/export/python/plan.hpp"

namespace tuneit::python {

/// What the script needs of a recipe.
struct ScriptView {
  std::string recipe, model;  ///< names for people
  std::string definitions, make_model;
  bool pads = false, dotted = false, pictures = true;
  bool magnitudes = false;  ///< some modules have a start_magnitude()
  int classes = 0, side = 0, batch_size = 0, views = 0;
  std::string seed;
  PrecisionKind precision = PrecisionKind::Single;
  OptimizerText optimizer;
  bool phased = false;
  std::vector<PhaseView> phases;
  PlanText plan;
  LossView loss;
  ExtrasView extras;
  std::vector<std::pair<int, int>> rows;  ///< ReuseRows: new class, old class
  std::string new_layer, old_layer;       ///< their modules
  AugmentText augment;

  [[nodiscard]] bool moves_rate() const {
    return phased || extras.watches || std::any_of(phases.begin(), phases.end(), [](const PhaseView& p) {
             return !p.time.factor.empty() || !p.time.warmup.empty();
           });
  }
  [[nodiscard]] bool moves_momentum() const {
    return optimizer.momentum &&
           std::any_of(phases.begin(), phases.end(), [](const PhaseView& p) { return !p.time.momentum.empty(); });
  }
  [[nodiscard]] bool autocasts() const {
    return precision != PrecisionKind::Single && precision != PrecisionKind::Double;
  }
  [[nodiscard]] bool fresh() const {
    return std::any_of(plan.tensors.begin(), plan.tensors.end(), [](const TensorView& t) { return t.fresh; });
  }
  [[nodiscard]] bool scratch() const {
    return std::all_of(plan.tensors.begin(), plan.tensors.end(), [](const TensorView& t) { return t.fresh; });
  }
};

/// Does one group with everything in it, treated alike from the beginning to the end, say it all?
inline bool plain(const ScriptView& v) {
  return !v.phased && std::all_of(v.plan.tensors.begin(), v.plan.tensors.end(), [](const TensorView& t) {
    return t.buffer || t.phases[0] == Treatment{true, 1, 1};
  });
}

}  // namespace tuneit::python
