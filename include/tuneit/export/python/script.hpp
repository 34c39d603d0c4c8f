#pragma once
// The script as a whole, from plain values: one function for all recipes.
#include <string>

#include "tuneit/export/python/constants.hpp"
#include "tuneit/export/python/data.hpp"
#include "tuneit/export/python/helpers.hpp"
#include "tuneit/export/python/main_text.hpp"
#include "tuneit/export/python/make_optimizer.hpp"
#include "tuneit/export/python/passes.hpp"
#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

/// The whole script.
inline std::string script(const ScriptView& v) {
  const bool curves = v.moves_rate(), momenta = v.moves_momentum();
  std::string body;
  body += module_helpers_text(v) + v.definitions + v.make_model + "\n\n";
  const std::string planned = plan_constants(v);
  if (v.phased) body += phases_text(v.parts);
  body += planned;
  if (v.phased || !planned.empty()) body += "\n\n";
  const std::string loading = load_text(v);
  body += parameters_text(v) + helpers_text(v, contains(body + loading + extras_functions(v.extras), "GROUPS") ||
                                                   contains(loading, "matches(") || v.extras.pulls);
  for (const PartView& part : v.parts)
    if (!contains(body, part.optimizer.definition) || part.optimizer.definition.empty())
      body += part.optimizer.definition;
  body += optimizer_text(v) + "\n\n";
  if (v.phased) body += phase_at_text() + "\n\n";
  for (const PartView& part : v.parts) {
    if (part.moves_rate()) body += curve_text(part, v.phased, true) + "\n\n";
    if (part.moves_momentum()) body += curve_text(part, v.phased, false) + "\n\n";
  }
  if (curves || momenta) body += set_numbers_text(v) + "\n\n";
  body += (v.extras.mix != MixKind::None && v.losses.loss.mixes_targets ? targets_text(v.losses.loss) + "\n\n" : "") +
          losses_text(v.losses) + "\n\n" + extras_functions(v.extras) + loading + data_text(v) + evaluate_text(v);
  body += R"(def save(model, file):
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, file, {"format": "pt"})


)" + main_text(v);

  std::string imports = "import argparse\n";
  for (const char* module : {"copy", "fnmatch", "math", "os", "pathlib", "random", "sys"})
    if (contains(body, std::string(module) + ".")) imports += "import " + std::string(module) + "\n";
  imports += "\nimport torch\n";
  if (contains(body, "F.")) imports += "import torch.nn.functional as F\n";
  if (contains(body, "torchvision.")) imports += "import torchvision\n";
  for (const char* module : {"peft", "transformers"})
    if (contains(body, std::string(module) + ".")) imports += "import " + std::string(module) + "\n";
  imports += "from safetensors.torch import load_file, save_file\nfrom torch import nn\n";
  if (contains(body, "v2.")) imports += "from torchvision.transforms import v2\n";
  return "#!/usr/bin/env python3\n" + docstring(v) + "\n" + imports + "\n" + constants(v, contains(body, "CLASSES")) +
         "\n\n" + body;
}

}  // namespace tuneit::python
