#pragma once
// How does a script begin? What it is, how it is used, and its numbers as constants.
#include <string>

#include "tuneit/export/python/groups.hpp"
#include "tuneit/version.hpp"

namespace tuneit::python {

/// The docstring: what it is, how it is used, what cannot be equal.
inline std::string docstring(const ScriptView& v) {
  std::string text = "\"\"\"" + v.model + " fine-tuned in PyTorch: the training of a recipe of tuneit.\n\n" +
                     indented(v.recipe) + "\nusage: python SCRIPT " +
                     (v.pictures ? "--data FOLDER" : "--batches FILE [--test-batches FILE]") +
                     (v.scratch() ? "" : " --weights FILE") + " [--out FILE]\n\n";
  if (v.pictures)
    text +=
        "FOLDER has train/ and test/ (or val/), each with one folder of pictures for every class; without them all of\n"
        "it is trained on. ";
  else
    text +=
        "What it is trained on does not lie in folders of pictures: --batches is a file of the tensors that "
        "read_batches\n"
        "names. ";
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

/// Constants at the top. `classes`: something is as large as there are.
inline std::string constants(const ScriptView& v, bool classes) {
  std::string text = classes ? "CLASSES = " + whole(v.classes) + "\n" : "";
  if (v.pictures) text += "SIDE = " + whole(v.side) + "  # of the pictures, in pixels\n";
  if (v.pictures) text += "BATCH_SIZE = " + whole(v.batch_size) + "\n";
  text += "SEED = " + v.seed + "\n";
  if (!v.phased) text += "EPOCHS = " + whole(v.parts[0].phases[0].epochs) + "\n";
  for (const PartView& part : v.parts) {
    if (!part.word.empty()) text += "# " + replaced(part.about, "\n", " ") + "\n";
    for (const NumberText& n : number_texts(part))
      if (!n.differs) text += n.said + " = " + n.value + "\n";
    if (part.clip != ClipKind::None)
      text += part.constant(clip_constant(part.clip)) + " = " + number(part.clip_most) + "  # of its own gradients\n";
  }
  return text + extras_constants(v.extras);
}

/// The groups, and which modules and tensors are treated apart.
inline std::string plan_constants(const ScriptView& v) {
  std::string text;
  if (!plain(v)) text += groups_text(v);
  if (v.plan.has_still()) {
    text +=
        "# Modules that stay as in evaluation: batch norms use their running statistics there, and dropout is off.\n";
    if (v.plan.always_same_still()) {
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

}  // namespace tuneit::python
