#pragma once
// A recipe writes its PyTorch twin: a complete script that does the same training, made from the plan. It is the oracle
// of our tests, and a bridge for people who come from Python.
#include <string>
#include <vector>

#include "tuneit/python/loss.hpp"
#include "tuneit/python/network.hpp"
#include "tuneit/recipe/check.hpp"
#include "tuneit/recipe/timeline.hpp"
#include "tuneit/version.hpp"

namespace tuneit {
namespace python {

/// The name of a network's constructor in torchvision.models, or empty: it is then written out.
template <class Model>
inline constexpr const char* torchvision_name = "";
template <>
inline constexpr const char* torchvision_name<ResNet18> = "resnet18";
template <>
inline constexpr const char* torchvision_name<ResNet34> = "resnet34";
template <>
inline constexpr const char* torchvision_name<ResNet50> = "resnet50";
template <>
inline constexpr const char* torchvision_name<ResNet101> = "resnet101";
template <>
inline constexpr const char* torchvision_name<ResNet152> = "resnet152";

/// Names as lines of a Python list, as many on a line as fit.
inline std::string name_list(const std::vector<std::string>& names, const std::string& indent) {
  std::string text, line = indent;
  for (const std::string& n : names) {
    if (line.size() + n.size() > 110) {
      text += line + "\n";
      line = indent;
    }
    line += (line.size() > indent.size() ? " " : "") + ("\"" + n + "\",");
  }
  return names.empty() ? "" : text + line + "\n";
}

/// What one phase does with one tensor: frozen, or its factors.
struct Treatment {
  bool trains = false;
  double rate = 1, decay = 1;
  bool operator==(const Treatment&) const = default;
};

/// The plan of one phase as the script needs it.
struct PhaseText {
  int epochs = 0;
  std::vector<Treatment> rows;           ///< of each tensor
  std::vector<std::string> batch_norms;  ///< modules that normalise by the batch
  std::vector<bool> moving;              ///< blocks in which something trains or moves
  OptimizerNumbers numbers;
  std::string rate;  ///< body of def rate_N(step, spe)
};

std::string phases_text(const std::vector<PhaseText>&, const std::vector<std::string>& names);

}  // namespace python
}  // namespace tuneit
