#pragma once
// Which options make a file of weights fit? Written as they are typed in a shell.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/text.hpp"
#include "tuneit/weights/fits.hpp"

namespace tuneit::weights {

/// Is the name one that these globs (`*`, `?`, `[a-z]`) let through?
[[nodiscard]] inline bool is_ignored(std::string_view name, const std::vector<std::string>& globs) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& pattern) {
    return text::glob(pattern.data(), pattern.size(), name.data(), name.size());
  });
}

namespace detail {

/// The text as one word of a shell.
[[nodiscard]] inline std::string shell_word(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_-./:@%+=,").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The smallest list of globs that lets these names through and none of `kept`: whole modules where nothing of them is
/// kept. "*" where the list would be long.
[[nodiscard]] inline std::vector<std::string> globs_for(const std::vector<std::string_view>& names,
                                                        std::vector<std::string_view> kept) {
  std::sort(kept.begin(), kept.end());
  const auto is_kept = [&](std::string_view prefix) {
    const auto at = std::lower_bound(kept.begin(), kept.end(), prefix);
    return at != kept.end() && at->starts_with(prefix);
  };
  std::vector<std::string> globs;
  std::size_t length = 0;
  for (const std::string_view name : names) {
    if (is_ignored(name, globs)) continue;
    std::string pattern(name);
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
      if (!is_kept(name.substr(0, dot + 1))) {
        pattern = std::string(name.substr(0, dot + 1));
        break;
      }
    for (char& c : pattern)
      if (c == ',' || c == '[') c = '?';  // these would mean something else
    if (pattern.ends_with('.')) pattern += '*';
    length += pattern.size();
    globs.push_back(std::move(pattern));
    if (globs.size() > 8 || length > 600) return {"*"};
  }
  return globs;
}

/// "--ignore-unexpected 'criterion.*,queue'".
[[nodiscard]] inline std::string ignore_option(const std::vector<std::string>& globs) {
  std::string list;
  for (const std::string& pattern : globs) list += (list.empty() ? "" : ",") + pattern;
  return "--ignore-unexpected " + shell_word(list);
}

[[nodiscard]] inline std::vector<std::string> globs_for(const Sorted& sorted, Heads tensors) {
  std::vector<std::string_view> kept;
  for (const auto& [name, at] : sorted.used) kept.push_back(tensors[at].name);
  return globs_for(sorted.unexpected, std::move(kept));
}

/// The options after which the tensors behind this prefix are the model's and nothing is left over.
[[nodiscard]] inline std::string options_for(Heads tensors, std::span<const Expected> expected, const std::string& key,
                                             const std::string& prefix, const MatchOptions& given) {
  std::string text = key.empty() ? "" : "--weights-key " + shell_word(key);
  if (!prefix.empty()) text += (text.empty() ? "" : " ") + ("--strip-prefix " + shell_word(prefix));
  Sorted sorted = sort_names(tensors, expected, prefix, given.fresh_head);
  std::erase_if(sorted.unexpected, [&](std::string_view name) { return is_ignored(name, given.ignore_unexpected); });
  if (!sorted.unexpected.empty()) text += (text.empty() ? "" : " ") + ignore_option(globs_for(sorted, tensors));
  return text;
}

}  // namespace detail
}  // namespace tuneit::weights
