#pragma once
// What has an optimizer of its own in a script: what is in no group, and each group (GroupOf). Its numbers and times in
// every phase, and the names that it has in the script.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "tuneit/export/python/optimizer.hpp"
#include "tuneit/export/python/schedules.hpp"
#include "tuneit/recipe/behaviour/clip.hpp"

namespace tuneit::python {

/// A phase as the script needs it; a training without phases is one.
struct PhaseView {
  int epochs = 0;
  std::vector<OptimizerNumber> numbers;  ///< of the optimizer
  TimeText time;
};

/// Tensors with an optimizer of their own.
struct PartView {
  std::size_t group = 0;  ///< the plan's number of it; 0: of what is in none
  std::string word;       ///< before its functions and constants: "head"; empty: of what is in no group
  std::string about;      ///< for people
  OptimizerText optimizer;
  std::vector<PhaseView> phases;
  bool watches = false;            ///< is its rate moved by somebody who watches the loss (Plateau)?
  ClipKind clip = ClipKind::None;  ///< of its own gradients
  double clip_most = 0;

  [[nodiscard]] bool moves_rate() const {
    return phases.size() > 1 || watches || std::any_of(phases.begin(), phases.end(), [](const PhaseView& p) {
             return !p.time.factor.empty() || !p.time.warmup.empty();
           });
  }
  [[nodiscard]] bool moves_momentum() const {
    return optimizer.momentum &&
           std::any_of(phases.begin(), phases.end(), [](const PhaseView& p) { return !p.time.momentum.empty(); });
  }
  /// "rate", or "head_rate".
  [[nodiscard]] std::string function(const std::string& name) const { return word.empty() ? name : word + "_" + name; }
  /// "LR", or "HEAD_LR".
  [[nodiscard]] std::string constant(const std::string& name) const {
    std::string text = function(name);
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }
};

/// What limits gradients: its constant, and the function of torch.nn.utils.
inline const char* clip_constant(ClipKind kind) { return kind == ClipKind::Norm ? "CLIP_NORM" : "CLIP_VALUE"; }
inline const char* clip_function(ClipKind kind) {
  return kind == ClipKind::Norm ? "nn.utils.clip_grad_norm_" : "nn.utils.clip_grad_value_";
}

/// How a script says a number that may differ between phases.
struct NumberText {
  std::string argument;  ///< its name in torch.optim
  std::string key;       ///< and in PHASES: "lr", or "head_lr"
  std::string said;      ///< "LR", or PHASES[phase]["lr"]
  std::string value;     ///< of the first phase
  bool differs = false;
};

/// The numbers of an optimizer that are not torch.optim's own.
inline std::vector<NumberText> number_texts(const PartView& part) {
  std::vector<NumberText> out;
  for (const OptimizerNumber& n : part.phases[0].numbers)
    out.push_back({n.argument, part.function(n.argument), part.constant(n.constant), n.value, false});
  for (const PhaseView& p : part.phases) {
    for (std::size_t i = 0; i < out.size(); ++i)
      if (p.numbers[i].value != out[i].value) out[i].differs = true;
  }
  for (NumberText& n : out)
    if (n.differs) n.said = "PHASES[phase][\"" + n.key + "\"]";
  std::erase_if(out, [](const NumberText& n) { return !n.differs && unsaid(n.argument, n.value); });
  return out;
}

}  // namespace tuneit::python
