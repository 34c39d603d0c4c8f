#pragma once
// What does a script say of a recipe? All that differs between recipes, as plain values.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/python/augment.hpp"
#include "tuneit/export/python/curves.hpp"
#include "tuneit/export/python/extras.hpp"
#include "tuneit/export/python/losses.hpp"
#include "tuneit/export/python/part_view.hpp"
#include "tuneit/export/python/plan.hpp"

namespace tuneit::python {

/// What the script needs of a recipe.
struct ScriptView {
  std::string recipe, model;  ///< names for people
  std::string definitions, make_model;
  std::string prefix{};  ///< before names in files that are left out here
  bool pads = false, dotted = false, pictures = true;
  bool magnitudes = false;  ///< some modules have a start_magnitude()
  int classes = 0, side = 0, batch_size = 0, views = 0;
  std::string seed;
  PrecisionKind precision = PrecisionKind::Single;
  bool tf32 = false;  ///< single precision of whose numbers a GPU may read 10 bits
  bool phased = false;
  bool grouped = false;         ///< there are several optimizers
  std::vector<PartView> parts;  ///< one of them for each
  PlanText plan;
  LossesView losses;
  Names inputs;          ///< names of those behind the first
  bool indices = false;  ///< the first are indices
  ExtrasView extras;
  std::vector<std::pair<int, int>> rows;  ///< ReuseRows: new class, old class
  std::string new_layer, old_layer;       ///< their modules
  AugmentText augment;

  [[nodiscard]] bool moves_rate() const {
    return std::any_of(parts.begin(), parts.end(), [](const PartView& p) { return p.moves_rate(); });
  }
  [[nodiscard]] bool moves_momentum() const {
    return std::any_of(parts.begin(), parts.end(), [](const PartView& p) { return p.moves_momentum(); });
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
  return !v.phased && !v.grouped && std::all_of(v.plan.tensors.begin(), v.plan.tensors.end(), [](const TensorView& t) {
    return t.buffer || t.phases[0] == Treatment{true, 1, 1};
  });
}

/// How many samples a batch has, an expression.
inline std::string samples_of(const ScriptView& v) {
  return !v.inputs.empty() ? "len(images[0])" : !v.losses.targets.empty() ? "len(images)" : "len(labels)";
}

/// Are hits counted? Of labels where they come from folders, as numbers of classes.
inline bool counts_hits(const ScriptView& v) {
  const LossView& l = v.losses.loss;
  return counts_correct(l) && (v.pictures || l.targets == TargetKind::Classes);
}

/// Has some part gradients of its own to limit?
inline bool clips_by_part(const ScriptView& v) {
  return std::any_of(v.parts.begin(), v.parts.end(), [](const PartView& p) { return p.clip != ClipKind::None; });
}

/// `.step()` and the like of the optimizer, or of all of them.
inline std::string on_optimizers(const ScriptView& v, const std::string& call) {
  return (v.grouped ? "for optimizer in optimizers:\n    " : "") + replaced(call, "@", "optimizer") + "\n";
}

}  // namespace tuneit::python
