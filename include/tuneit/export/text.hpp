#pragma once
// Python text: numbers, lists, indented lines, and names said by the fewest prefixes.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "tuneit/meta/columns.hpp"

namespace tuneit::python {

using Names = std::vector<std::string>;

/// A count.
inline std::string whole(double x) { return std::to_string(static_cast<long long>(x)); }

/// A real number: the shortest decimal that is the same number.
inline std::string number(double x) {
  if (std::isnan(x)) return "math.nan";
  if (std::isinf(x)) return x > 0 ? "math.inf" : "-math.inf";
  std::string text;
  int digits = 1;  // before the point: 10 rather than 1e+01
  for (double rest = std::abs(x); rest >= 10 && digits < 15; rest /= 10) ++digits;
  for (; digits <= 17; ++digits) {
    text = short_number(x, digits);
    if (std::strtod(text.c_str(), nullptr) == x) break;
  }
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

inline std::string flag(bool b) { return b ? "True" : "False"; }
inline std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

/// Each line moved to the right.
inline std::string indented(const std::string& lines, std::size_t by = 4) {
  std::string out;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    if (end > begin) out += std::string(by, ' ') + lines.substr(begin, end - begin);
    out += "\n";
    begin = end + 1;
  }
  return out;
}

/// Lines of more than `most` characters are broken behind commas; what follows is moved to the right.
inline std::string wrapped(const std::string& lines, std::size_t most, std::size_t by) {
  std::string out;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    std::string line = lines.substr(begin, end - begin);
    for (std::size_t at = 0; line.size() > most && (at = line.rfind(", ", most)) != std::string::npos && at > by;) {
      out += line.substr(0, at + 1) + "\n";
      line = std::string(by, ' ') + line.substr(at + 2);
    }
    out += line + "\n";
    begin = end + 1;
  }
  return out;
}

/// `[a, b]`, over several lines where one of 110 characters, of which `used` are taken, is too short.
inline std::string list(const Names& items, std::size_t used = 0) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  if (used + text.size() + 2 <= 110) return "[" + text + "]";
  text = "[\n";
  std::string line;
  for (const std::string& item : items) {
    if (8 + line.size() + item.size() > 108) {
      text += "        " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + item + ",";
  }
  return text + "        " + line + "\n    ]";
}
inline std::string quoted_list(Names items, std::size_t used = 0) {
  for (std::string& item : items) item = in_quotes(item);
  return list(items, used);
}

namespace detail {

inline void cover_below(const Names& names, const std::vector<bool>& meant, const std::vector<std::size_t>& here,
                        const std::string& prefix, Names& out) {
  const auto is_meant = [&](std::size_t i) { return meant[i]; };
  if (std::none_of(here.begin(), here.end(), is_meant)) return;
  if (here.size() == 1 && names[here[0]] == prefix) {
    out.push_back(prefix);
    return;
  }
  if (std::all_of(here.begin(), here.end(), is_meant)) {
    out.push_back(prefix.empty() ? "*" : prefix + ".*");
    return;
  }
  Names children;  // in the order of their first name
  const std::size_t from = prefix.empty() ? 0 : prefix.size() + 1;
  const auto child_of = [&](std::size_t i) { return names[i].substr(0, names[i].find('.', from)); };
  for (const std::size_t i : here)
    if (std::find(children.begin(), children.end(), child_of(i)) == children.end()) children.push_back(child_of(i));
  for (const std::string& child : children) {
    std::vector<std::size_t> inside;
    for (const std::size_t i : here)
      if (child_of(i) == child) inside.push_back(i);
    cover_below(names, meant, inside, child, out);
  }
}

}  // namespace detail

/// The names that are `meant`, and none of the others, as shell patterns: whole branches of dotted names ("layer1.*";
/// "*" is everything), and single names ("fc.bias").
inline Names cover(const Names& names, const std::vector<bool>& meant) {
  Names out;
  std::vector<std::size_t> all(names.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  if (!all.empty()) detail::cover_below(names, meant, all, "", out);
  return out;
}

}  // namespace tuneit::python
