#pragma once
// Rates and momenta as functions of the step: `rate(step, spe)`, `momentum(step, spe)`, and in a training of phases
// which of them a step belongs to.
#include <string>
#include <vector>

#include "tuneit/export/python/part_view.hpp"

namespace tuneit::python {

/// PHASES and phase_at.
inline std::string phases_text(const std::vector<PartView>& parts) {
  std::string text = "# One phase after the other.\nPHASES = [\n";
  for (std::size_t i = 0; i < parts[0].phases.size(); ++i) {
    text += "    {\"epochs\": " + whole(parts[0].phases[i].epochs);
    for (const PartView& part : parts) {
      const auto shared = number_texts(part);
      for (const OptimizerNumber& own : part.phases[i].numbers)
        for (const NumberText& n : shared)
          if (n.differs && n.argument == own.argument) text += ", " + in_quotes(n.key) + ": " + own.value;
    }
    text += "},\n";
  }
  return text + "]\nEPOCHS = sum(phase[\"epochs\"] for phase in PHASES)\n";
}
inline std::string phase_at_text() {
  return R"(def phase_at(step, spe):
    """The phase of a step (counted from 0), and the steps [begin, end) that it has; spe: steps in an epoch."""
    begin = 0
    for phase, numbers in enumerate(PHASES):
        end = begin + numbers["epochs"] * spe
        if step < end:
            return phase, begin, end
        begin = end
    raise ValueError(f"the training is over at step {step}")
)";
}

namespace detail {

inline bool is_expression(const std::string& body) {
  return body.starts_with("return ") && body.find('\n') + 1 == body.size();
}

/// The lines that return `base` times the factor, or the momentum, of one time.
inline std::string time_body(const TimeText& t, const std::string& body, const std::string& base, bool multiplies,
                             const std::string& function) {
  std::string value = base, lines;
  if (!body.empty()) {
    std::string expression =
        is_expression(body) ? body.substr(7, body.size() - 8) : function + "(step, spe, total, warmup)";
    if (t.warmup.empty() && is_expression(body)) {
      expression = replaced(expression, "(step - warmup)", "step");
      expression = replaced(expression, "step - warmup", "step");
      expression = replaced(expression, "total - warmup", "total");
    }
    const bool loose = multiplies && is_expression(body) && contains(expression, " ");
    value = (multiplies ? base + " * " : "") + (loose ? "(" + expression + ")" : expression);
  }
  if (!t.warmup.empty()) {
    lines += "warmup = " + t.warmup + "\nif step < warmup:\n    return " + base +
             (multiplies ? " * step / warmup" : "") + "\n";
  } else if (contains(value, "warmup")) {
    lines += "warmup = 0\n";
  }
  if (!multiplies && contains(body, "return None"))  // some part of the schedule leaves it alone
    return lines + "value = " + value + "\nreturn " + base + " if value is None else value\n";
  return lines + "return " + value + "\n";
}

}  // namespace detail

/// `def rate(step, spe)` or, of momenta, `def momentum(step, spe)`, with what it needs before it.
inline std::string curve_text(const PartView& part, bool phased, bool rates) {
  const OptimizerText& o = part.optimizer;
  const std::vector<PhaseView>& phases = part.phases;
  const auto numbers = number_texts(part);
  const std::string base = rates ? numbers[0].said : numbers[2].said + (o.betas ? "[0]" : "");
  const std::string name = part.function(rates ? "rate" : "momentum"), factors = part.constant("factors");
  std::string before, body;
  bool uses_phase = contains(base, "phase"), uses_times = false;
  const auto one = [&](const PhaseView& p, const std::string& suffix, bool whole_training) {
    const std::string& text = rates ? p.time.factor : p.time.momentum;
    if (rates && !p.time.table.empty()) before += factors + suffix + " = " + p.time.table + "\n\n\n";
    const std::string function = part.function(rates ? "factor" : "momentum_factor") + suffix;
    if (!text.empty() && !detail::is_expression(text))
      before += "def " + function + "(step, spe, total, warmup):\n" + indented(text) + "\n\n";
    std::string lines = detail::time_body(p.time, replaced(text, "FACTORS", factors + suffix), base, rates, function);
    if (whole_training && contains(lines, "total")) lines = "total = EPOCHS * spe\n" + lines;
    return lines;
  };
  std::string common;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (!phases[i].time.own) {
      if (common.empty()) common = one(phases[i], "", true);
      continue;
    }
    uses_phase = uses_times = true;
    const std::string lines = one(phases[i], "_" + whole(static_cast<double>(i)), false);
    std::string times;
    if (contains(lines, "step")) times += "step -= begin\n";
    if (contains(lines, "total")) times += "total = end - begin\n";
    body += "if phase == " + whole(static_cast<double>(i)) + ":  # a time of its own\n" + indented(times + lines);
  }
  body += common;
  std::string head;
  if (phased && uses_phase)
    head = std::string("phase, ") + (uses_times ? "begin, end" : "_, _") + " = phase_at(step, spe)\n";
  return before + "def " + name + "(step, spe):\n    \"\"\"The " +
         (rates     ? "learning rate"
          : o.betas ? "first beta"
                    : "momentum") +
         (part.word.empty() ? "" : " of \"" + part.word + "\"") +
         " in a step (counted from 0); spe: steps in an epoch.\"\"\"\n" + indented(head + body);
}

}  // namespace tuneit::python
