#pragma once
// The script as a whole, from plain values: one function for all recipes.
#include <string>
#include <vector>

#include "tuneit/python/augment.hpp"
#include "tuneit/python/curves.hpp"
#include "tuneit/python/extras.hpp"
#include "tuneit/python/loss.hpp"
#include "tuneit/python/plan.hpp"
#include "tuneit/version.hpp"

namespace tuneit::python {

/// What the script needs of a recipe.
struct ScriptView {
  std::string recipe, model;  ///< names for people
  std::string definitions, make_model;
  bool torchvision = false, pads = false, dotted = false, pictures = true;
  int classes = 0, side = 0, batch_size = 0, views = 0;
  std::string seed;
  NumberType numbers = NumberType::Single;
  Algorithm algorithm = Algorithm::Sgd;
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
    return has_momentum(algorithm) &&
           std::any_of(phases.begin(), phases.end(), [](const PhaseView& p) { return !p.time.momentum.empty(); });
  }
  [[nodiscard]] bool autocasts() const { return numbers != NumberType::Single && numbers != NumberType::Double; }
  [[nodiscard]] bool fresh() const {
    return std::any_of(plan.tensors.begin(), plan.tensors.end(), [](const TensorView& t) { return t.fresh; });
  }
  [[nodiscard]] bool scratch() const {
    return std::all_of(plan.tensors.begin(), plan.tensors.end(), [](const TensorView& t) { return t.fresh; });
  }
};

/// The docstring: what it is, how it is used, what cannot be equal.
inline std::string docstring(const ScriptView& v) {
  std::string text = "\"\"\"" + v.model + " fine-tuned in PyTorch: the training of a recipe of tuneit.\n\n" +
                     indented(v.recipe) + "\nusage: python SCRIPT --data FOLDER" +
                     (v.scratch() ? "" : " --weights FILE") + " [--out FILE]\n\n";
  if (v.pictures)
    text +=
        "FOLDER has train/ and test/ (or val/), each with one folder of pictures for every class; without them all of\n"
        "it is trained on. ";
  else
    text += "The network does not see pictures: give --batches in place of --data. ";
  text +=
      v.scratch() ? "Everything starts from random numbers.\n" : "Weights are read from .pth and safetensors files.\n";
  text +=
      "--batches, --init, --double and --steps serve comparisons: the batches of an epoch, all tensors to start from,\n"
      "double precision, an early end. Then the weights are those of tuneit up to rounding";
  std::string random;
  if (v.plan.random) random += "dropout";
  if (v.extras.mix != MixKind::None) random += (random.empty() ? "" : " and ") + std::string("mixed pictures");
  text += random.empty()
              ? ".\n"
              : ", apart from\nwhat is random here: " + random + ". tuneit draws it from a generator of its own.\n";
  if (v.views > 0)
    text += "The recipe sees " + whole(v.views) + " versions of each picture; here every epoch augments afresh.\n";
  return text + "\nWritten by tuneit " + std::to_string(TUNEIT_VERSION_MAJOR) + "." +
         std::to_string(TUNEIT_VERSION_MINOR) + "." + std::to_string(TUNEIT_VERSION_PATCH) +
         " from the plan of the recipe.\n\"\"\"\n";
}

/// Constants at the top.
inline std::string constants(const ScriptView& v) {
  std::string text = "CLASSES = " + whole(v.classes) + "\n";
  if (v.pictures) text += "SIDE = " + whole(v.side) + "  # of the pictures, in pixels\n";
  if (v.pictures) text += "BATCH_SIZE = " + whole(v.batch_size) + "\n";
  text += "SEED = " + v.seed + "\n";
  if (!v.phased) text += "EPOCHS = " + whole(v.phases[0].epochs) + "\n";
  for (const NumberText& n : number_texts(v.algorithm, v.phases))
    if (!n.differs) text += n.said + " = " + n.value + "\n";
  return text + extras_constants(v.extras);
}

/// Does one group with everything in it, treated alike from the beginning to the end, say it all?
inline bool plain(const ScriptView& v) {
  return !v.phased && std::all_of(v.plan.tensors.begin(), v.plan.tensors.end(), [](const TensorView& t) {
    return t.buffer || t.phases[0] == Treatment{true, 1, 1};
  });
}

inline std::string plan_constants(const ScriptView& v) {
  std::string text;
  if (!plain(v)) text += groups_text(v.plan.tensors, v.phased);
  bool still = false, same = true;
  for (const Names& names : v.plan.still) {
    still = still || !names.empty();
    same = same && names == v.plan.still[0];
  }
  if (still) {
    text +=
        "# Modules that stay as in evaluation: batch norms use their running statistics there, and dropout is off.\n";
    if (same) {
      text += "EVALUATING = " + quoted_list(v.plan.still[0], 14) + "\n";
    } else {
      text += "EVALUATING = [  # in each phase\n";
      for (const Names& names : v.plan.still) text += "    " + quoted_list(names, 8) + ",\n";
      text += "]\n";
    }
  }
  if (v.fresh() && !v.scratch()) {
    const Said said = say(
        v.plan.tensors, [](const TensorView&) { return true; }, [](const TensorView& t) { return t.fresh; });
    text += "FRESH = " + quoted_list(said.patterns, 10) + "  # what does not come from a file of weights\n";
  }
  return text;
}

inline std::string optimizer_text(const ScriptView& v) {
  const auto numbers = number_texts(v.algorithm, v.phases);
  const std::string decay = replaced(numbers[1].said, "[phase]", "[0]");
  std::string arguments;
  for (const NumberText& n : numbers) arguments += ", " + n.argument + "=" + replaced(n.said, "[phase]", "[0]");
  const std::string make = optimizer_class(v.algorithm);
  if (plain(v)) return "def make_optimizer(model):\n    return " + make + "(model.parameters()" + arguments + ")\n";
  std::string text = R"(def make_optimizer(model):
    """One group of parameters for each of GROUPS; what is in none does not train."""
    groups = [dict(group, params=[]) for group in GROUPS]
    for name, p in model.named_parameters():
        group = next((g for g in groups if belongs(name, p, g)), None)
        p.requires_grad_(group is not None)
        if group is not None:
            group["params"].append(p)
)";
  if (!v.phased)
    text +=
        "    for group in groups:\n        group[\"lr\"] = LR * group[\"rate\"]\n"
        "        group[\"weight_decay\"] = WEIGHT_DECAY * group[\"decay\"]\n";
  return text + "    return " + make + "(groups" + arguments + ")\n";
}

/// `set_numbers(optimizer, step, spe)`: what the optimizer is told before a step.
inline std::string set_numbers_text(const ScriptView& v) {
  const auto numbers = number_texts(v.algorithm, v.phases);
  const auto [argument, value] = moving_momentum(v.algorithm);
  std::string lines;
  const std::string of_phase = v.phased ? "[phase]" : "";
  lines += std::string("group[\"lr\"] = rate(step, spe)") + (v.extras.watches ? " * factor" : "") +
           (plain(v) ? "" : " * group[\"rate\"]" + of_phase) + "\n";
  if (v.phased) lines += "group[\"weight_decay\"] = " + numbers[1].said + " * group[\"decay\"][phase]\n";
  for (std::size_t i = 2; i < numbers.size(); ++i)
    if (numbers[i].differs) lines += "group[\"" + numbers[i].argument + "\"] = " + numbers[i].said + "\n";
  if (v.moves_momentum()) lines += "group[\"" + argument + "\"] = " + value + "\n";
  std::string text =
      std::string("def set_numbers(optimizer, step, spe") + (v.extras.watches ? ", factor" : "") + "):\n";
  if (v.phased)
    text +=
        "    phase = phase_at(step, spe)[0]\n    for group in optimizer.param_groups:\n"
        "        if group[\"rate\"][phase] is not None:\n" +
        indented(lines, 12);
  else
    text += "    for group in optimizer.param_groups:\n" + indented(lines, 8);
  return text;
}

}  // namespace tuneit::python
