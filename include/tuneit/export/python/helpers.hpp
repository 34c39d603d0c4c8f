#pragma once
// Functions of the script that others of its functions call, each only where it is used.
#include <string>

#include "tuneit/export/python/groups.hpp"

namespace tuneit::python {

/// Whom a pattern means, where the script has patterns, and to which group a parameter belongs.
inline std::string helpers_text(const ScriptView& v, bool patterns) {
  std::string text;
  if (patterns)
    text += R"(def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


)";
  if (!plain(v))
    text += contains(groups_text(v), "\"vectors\"")
                ? R"(def belongs(name, p, group):
    """Is a parameter one of the group? "vectors": True are only those of one dimension, False only the others."""
    return matches(name, group["names"]) and group.get("vectors", p.ndim < 2) == (p.ndim < 2)


)"
                : "def belongs(name, p, group):\n    return matches(name, group[\"names\"])\n\n\n";
  return text;
}

/// The parameters of some optimizers, whose gradients are limited together.
inline std::string parameters_text(const ScriptView& v) {
  if (!clips_by_part(v)) return "";
  return R"(def parameters_of(*optimizers):
    return [p for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]]


)";
}

/// What the definitions of modules use.
inline std::string module_helpers_text(const ScriptView& v) {
  std::string text;
  if (v.dotted)
    text += R"(def put(model, name, module):
    """A module under a dotted name of the state dict."""
    *path, last = name.split(".")
    for part in path:
        if part not in dict(model.named_children()):
            model.add_module(part, nn.Module())
        model = model.get_submodule(part)
    model.add_module(last, module)


)";
  if (v.pads)
    text += R"(def pad_same(x, kernel, stride):
    """Padding that keeps ceil(size / stride), more of it at the right and bottom (TensorFlow's SAME)."""
    h, w = (max(0, (-(-size // stride) - 1) * stride + kernel - size) for size in x.shape[2:])
    return F.pad(x, (w // 2, w - w // 2, h // 2, h - h // 2))


)";
  return text;
}

}  // namespace tuneit::python
