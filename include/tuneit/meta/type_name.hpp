#pragma once
// The readable name of a type for tables and messages: `ResNet18`, `Freeze<Layers<0, 3>>`.
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tuneit/meta/shortest.hpp"

namespace tuneit {
namespace detail {

template <class T>
constexpr std::string_view raw_type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("T = ") + 4;
  auto end = text.find("; std::string_view", begin);  // g++ appends the alias it expanded
  if (end == std::string_view::npos) end = text.rfind(']');
  return text.substr(begin, end - begin);
}

// "1.0000000000000001e-1" -> "0.1": the shortest decimal that is the same number.
inline std::string with_short_numbers(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts = text[i] >= '0' && text[i] <= '9' &&
                        (i == 0 || (std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0 && text[i - 1] != '_'));
    std::size_t end = i;
    while (starts && end < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.' || text[end] == 'e' ||
            ((text[end] == '-' || text[end] == '+') && text[end - 1] == 'e')))
      ++end;
    const std::string number = text.substr(i, end - i);
    if (number.find('.') == std::string::npos) {
      out += text.substr(i, end > i ? end - i : 1);
      i = end > i ? end : i + 1;
      continue;
    }
    out += Shortest(std::strtod(number.c_str(), nullptr)).text;
    i = end;
  }
  return out;
}

// What a person writes for what the compiler spells.
[[gnu::noinline]] inline std::string readable_name(std::string_view raw) {
  std::string name(raw);
  const auto erase_all = [&name](std::string_view what) {
    for (auto at = name.find(what); at != std::string::npos; at = name.find(what, at)) name.erase(at, what.size());
  };
  erase_all("tuneit::");
  erase_all(", Mean");  // defaults that nobody writes
  erase_all(", Nearest");
  for (auto at = name.find("fixed_string<"); at != std::string::npos; at = name.find("fixed_string<")) {
    const auto open = name.find('"', at);
    const auto close = open == std::string::npos ? open : name.find('"', open + 1);
    if (close == std::string::npos) break;
    auto end = close + 1;
    while (end < name.size() && name[end] == '}') ++end;
    name = name.substr(0, at) + name.substr(open, close - open + 1) + name.substr(end);
  }
  for (auto at = name.find("> >"); at != std::string::npos; at = name.find("> >")) name.erase(at + 1, 1);
  return with_short_numbers(name);
}

}  // namespace detail

/// The name of T without the `tuneit::` qualification, without the usual reduction of a loss (Mean) and the
/// usual sampling of pixels (Nearest), and with string and number arguments as a person writes them (g++ spells
/// `fixed_string<7>{"layer4"}`). For people only: it differs between compilers.
template <class T>
std::string type_name() {
  return detail::readable_name(detail::raw_type_name<T>());
}

}  // namespace tuneit
