#pragma once
// Which modules do the names in a configuration of PEFT mean? As PEFT 0.21 matches them, without regular expressions.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::io::peft {

/// Is the module's name this, or does it end with "." and this? (target_modules, exclude_modules)
[[nodiscard]] inline bool ends_at_dot(std::string_view module, std::string_view name) {
  return module == name ||
         (module.size() > name.size() && module.ends_with(name) && module[module.size() - name.size() - 1] == '.');
}

/// "layer1\.0\.conv1|layer1\.0\.conv2": a regular expression for these names and no others.
[[nodiscard]] inline std::string exactly(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) {
    text += text.empty() ? "" : "|";
    for (const char c : name) text += c == '.' ? "\\." : std::string(1, c);
  }
  return text;
}

/// A list of names where that says it, else a regular expression: of the other modules none may be meant. `dotted`: are
/// names meant as by ends_at_dot, or by any end?
struct ModuleNames {
  std::vector<std::string> list;
  std::string expression;  ///< where it is not empty, it counts

  friend bool operator==(const ModuleNames&, const ModuleNames&) = default;
};
[[nodiscard]] inline ModuleNames names_for(const std::vector<std::string>& wanted, const std::vector<std::string>& all,
                                           bool dotted) {
  for (const std::string& module : all) {
    if (std::find(wanted.begin(), wanted.end(), module) != wanted.end()) continue;
    for (const std::string& name : wanted)
      if (dotted ? ends_at_dot(module, name) : module.ends_with(name)) return {{}, exactly(wanted)};
  }
  return {wanted, {}};
}

/// Does the key of a rank_pattern or alpha_pattern mean the module: `(.*\.)?(key)$`? A key may begin with "^"; "." is
/// any character. Throws Error(ErrorKind::Weights) for any other regular expression.
[[nodiscard]] inline bool pattern_means(std::string_view key, std::string_view module, const std::string& file) {
  std::string_view rest = key;
  const bool whole = rest.starts_with("^");
  rest.remove_prefix(whole ? 1 : 0);
  if (rest.ends_with("$")) rest.remove_suffix(1);
  std::string plain;
  std::vector<bool> any;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const bool escaped = rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == '.';
    i += escaped ? 1 : 0;
    if (!escaped && std::string_view("*+?()[]{}|$^\\").find(rest[i]) != std::string_view::npos)
      detail::refuse(file + " has the regular expression " + quote(key) + " where tuneit reads names of modules only",
                     "Write the names themselves into rank_pattern and alpha_pattern.");
    plain += rest[i];
    any.push_back(rest[i] == '.' && !escaped);
  }
  if (plain.size() > module.size() || (whole && plain.size() != module.size())) return false;
  const std::size_t from = module.size() - plain.size();
  if (from > 0 && module[from - 1] != '.') return false;
  for (std::size_t i = 0; i < plain.size(); ++i)
    if (!any[i] && plain[i] != module[from + i]) return false;
  return true;
}

}  // namespace tuneit::io::peft
