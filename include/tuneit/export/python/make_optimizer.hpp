#pragma once
// How does a script make its optimizer, and what does it tell it before a step?
#include <string>

#include "tuneit/export/python/groups.hpp"

namespace tuneit::python {

namespace detail {

/// ", lr=LR, momentum=MOMENTUM".
inline std::string optimizer_arguments(const PartView& part) {
  std::string arguments;
  for (const NumberText& n : number_texts(part))
    arguments += ", " + n.argument + "=" + replaced(n.said, "[phase]", "[0]");
  return arguments;
}

/// What make_optimizers returns: one optimizer for each part.
inline std::string optimizers_list(const ScriptView& v) {
  std::string text = v.phased ? R"(
    def of(part):
        return [group for group in groups if group["of"] == part]

)"
                              : R"(
    def of(part, rate, decay):
        mine = [group for group in groups if group["of"] == part]
        for group in mine:
            group["lr"], group["weight_decay"] = rate * group["rate"], decay * group["decay"]
        return mine

)";
  text += "    return [\n";
  for (const PartView& part : v.parts) {
    const auto numbers = number_texts(part);
    text += "        " + part.optimizer.name + "(of(" + in_quotes(name_of_part(part)) +
            (v.phased ? "" : ", " + numbers[0].said + ", " + numbers[1].said) + ")" + optimizer_arguments(part) +
            "),\n";
  }
  return text + "    ]\n";
}

/// What a step tells one optimizer.
inline std::string set_part_text(const ScriptView& v, const PartView& part) {
  const auto numbers = number_texts(part);
  std::string lines;
  const std::string of_phase = v.phased ? "[phase]" : "";
  if (part.moves_rate())
    lines += "group[\"lr\"] = " + part.function("rate") + "(step, spe)" + (part.watches ? " * factor" : "") +
             (plain(v) ? "" : " * group[\"rate\"]" + of_phase) + "\n";
  if (v.phased) lines += "group[\"weight_decay\"] = " + numbers[1].said + " * group[\"decay\"][phase]\n";
  for (std::size_t i = 2; i < numbers.size(); ++i)
    if (numbers[i].differs) lines += "group[\"" + numbers[i].argument + "\"] = " + numbers[i].said + "\n";
  if (part.moves_momentum()) {
    const auto [argument, value] = moving_momentum(part.optimizer, part.function("momentum"));
    lines += "group[\"" + argument + "\"] = " + value + "\n";
  }
  return v.phased ? "if group[\"rate\"][phase] is not None:\n" + indented(lines) : lines;
}

}  // namespace detail

/// `make_optimizer(model)`: its groups are those of GROUPS. `make_optimizers(model)`: one for each part.
inline std::string optimizer_text(const ScriptView& v) {
  const PartView& first = v.parts[0];
  const std::string make = first.optimizer.name, arguments = detail::optimizer_arguments(first);
  if (plain(v)) return "def make_optimizer(model):\n    return " + make + "(model.parameters()" + arguments + ")\n";
  std::string text =
      v.grouped ? "def make_optimizers(model):\n    \"\"\"One for each \"of\", with a group of parameters for each of "
                  "GROUPS; what is in none does not train.\"\"\"\n"
                : "def make_optimizer(model):\n    \"\"\"One group of parameters for each of GROUPS; what is in none "
                  "does not train.\"\"\"\n";
  text += R"(    groups = [dict(group, params=[]) for group in GROUPS]
    for name, p in model.named_parameters():
        group = next((g for g in groups if belongs(name, p, g)), None)
        p.requires_grad_(group is not None)
        if group is not None:
            group["params"].append(p)
)";
  if (v.grouped) return text + detail::optimizers_list(v);
  if (!v.phased)
    text +=
        "    for group in groups:\n        group[\"lr\"] = LR * group[\"rate\"]\n"
        "        group[\"weight_decay\"] = WEIGHT_DECAY * group[\"decay\"]\n";
  return text + "    return " + make + "(groups" + arguments + ")\n";
}

/// `set_numbers(optimizer, step, spe)`, or of several optimizers: what they are told before a step.
inline std::string set_numbers_text(const ScriptView& v) {
  std::string text = std::string("def set_numbers(") + (v.grouped ? "optimizers" : "optimizer") + ", step, spe" +
                     (v.extras.watches ? ", factor" : "") + "):\n";
  if (v.phased) text += "    phase = phase_at(step, spe)[0]\n";
  std::size_t number = 0;
  for (const PartView& part : v.parts) {
    const std::string which = v.grouped ? "optimizers[" + whole(static_cast<double>(number++)) + "]" : "optimizer";
    const std::string lines = detail::set_part_text(v, part);
    if (!lines.empty()) text += "    for group in " + which + ".param_groups:\n" + indented(lines, 8);
  }
  return text;
}

}  // namespace tuneit::python
