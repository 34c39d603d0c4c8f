#pragma once
// In what do two canonical texts differ? For messages, where one of the recipes is known by its text alone.
#include <cstddef>
#include <string>
#include <vector>

namespace tuneit::detail {

/// The arguments of `Name<a, b<c, d>>`: a and b<c, d>.
inline std::vector<std::string> arguments_in(const std::string& text) {
  std::vector<std::string> all;
  const std::size_t open = text.find('<');
  if (open == std::string::npos) return all;
  std::string one;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && text[i - 1] != '\\') quoted = !quoted;
    if (!quoted) {
      if (c == '>' && depth-- == 0) break;
      if (c == '<') ++depth;
      if (c == ',' && depth == 0) {
        all.push_back(one);
        one.clear();
        ++i;  // and the blank
        continue;
      }
    }
    one += c;
  }
  if (!one.empty()) all.push_back(one);
  return all;
}

/// "only there: Epochs<3>; only here: Epochs<4>"
inline std::string recipe_difference(const std::string& there, const std::string& here) {
  const auto of_one = [](std::vector<std::string> all, const std::vector<std::string>& others) {
    for (const std::string& other : others)
      for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i] == other) {
          all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
          break;
        }
    std::string text;
    for (const std::string& one : all) text += (text.empty() ? "" : ", ") + one;
    return text;
  };
  const auto a = arguments_in(there), b = arguments_in(here);
  const std::string in_a = of_one(a, b), in_b = of_one(b, a);
  std::string text = in_a.empty() ? "" : "only there: " + in_a;
  if (!in_b.empty()) text += (text.empty() ? "" : "; ") + ("only here: " + in_b);
  return text.empty() ? "there: " + there + "; here: " + here : text;
}

}  // namespace tuneit::detail
