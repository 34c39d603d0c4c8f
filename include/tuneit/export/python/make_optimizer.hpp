#pragma once
// How does a script make its optimizer, and what does it tell it before a step?
#include <string>

#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

/// `make_optimizer(model)`: its groups are those of GROUPS.
inline std::string optimizer_text(const ScriptView& v) {
  std::string arguments;
  for (const NumberText& n : number_texts(v.phases))
    arguments += ", " + n.argument + "=" + replaced(n.said, "[phase]", "[0]");
  const std::string make = v.optimizer.name;
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
  const auto numbers = number_texts(v.phases);
  const auto [argument, value] = moving_momentum(v.optimizer);
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
