#pragma once
// The readable name of a type for tables and messages: `ResNet18`, `Freeze<Layers<0, 3>>`.
#include <string>
#include <string_view>

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

}  // namespace detail

/// The name of T without the `tuneit::` qualification and with string and number arguments as a person writes them
/// (g++ spells `fixed_string<7>{"layer4"}`). For people only: it differs between compilers.
template <class T>
std::string type_name() {
  std::string name(detail::raw_type_name<T>());
  const auto erase_all = [&name](std::string_view what) {
    for (auto at = name.find(what); at != std::string::npos; at = name.find(what, at)) name.erase(at, what.size());
  };
  erase_all("tuneit::");
  for (auto at = name.find("fixed_string<"); at != std::string::npos; at = name.find("fixed_string<")) {
    const auto open = name.find('"', at);
    const auto close = open == std::string::npos ? open : name.find('"', open + 1);
    if (close == std::string::npos) break;
    auto end = close + 1;
    while (end < name.size() && name[end] == '}') ++end;
    name = name.substr(0, at) + name.substr(open, close - open + 1) + name.substr(end);
  }
  return name;
}

}  // namespace tuneit
