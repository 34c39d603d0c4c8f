#pragma once
// How is a type called, without namespaces and arguments, so that g++ and clang say the same? In constant expressions.
#include <cstddef>
#include <string_view>

namespace tuneit::detail {

/// What the compiler calls T. Its type is found for each T, so that who asks nothing instantiates nothing of strings.
template <class T>
constexpr auto written_type() {
  return std::string_view(
      __PRETTY_FUNCTION__);  // "... [with T = tuneit::Freeze<...>]", "... [T = tuneit::Freeze<...>]"
}

/// A name, or why there is none: a local type is spelled differently by compilers (clang does not say where it is), an
/// unnamed one by its place in a file, and of one within a template the arguments of that template are lost.
struct WrittenName {
  std::string_view name;
  bool usable;
};

template <class Text>
constexpr WrittenName read_spelling(Text function) {
  const std::size_t begin = function.find("T = ") + 4;
  const Text s = function.substr(begin, function.rfind(']') - begin);
  std::size_t name = 0, end = s.size(), depth = 0;
  bool hidden = false;  // within a function or a template
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    if (c == '"' || c == '\'') {  // an argument
      const std::size_t open = i++;
      while (i < s.size() && s[i] != s[open]) i += s[i] == '\\' ? 2U : 1U;
    } else if (c == '<' || c == '(' || c == '{') {
      if (depth++ == 0 && end == s.size()) end = i;
    } else if (c == '>' || c == ')' || c == '}') {
      --depth;
    } else if (c == ':' && depth == 0 && i + 1 < s.size() && s[i + 1] == ':') {
      const Text before = s.substr(name, i - name);
      hidden = hidden || (end < i && before != "(anonymous namespace)" && before != "{anonymous}");
      name = i + 2;
      end = s.size();
      ++i;
    }
  }
  const Text found = s.substr(name, end - name);
  const bool is_name = !found.empty() && found.find_first_of(" *&[") == std::string_view::npos;
  return {found, is_name && !hidden};
}

template <class T>
inline constexpr WrittenName spelling = read_spelling(written_type<T>());

/// What stands before the arguments of a template, namespaces too.
template <class T>
constexpr auto template_part() {
  const auto function = written_type<T>();
  const std::size_t begin = function.find("T = ") + 4;
  return function.substr(begin, function.find('<', begin) - begin);
}

/// The name of a member `static constexpr auto name` of T, where it has one that is text.
template <class T>
concept SaysName = requires {
  std::string_view(T::name);
}
|| requires { T::name.data(); };
template <class T>
constexpr auto said_name() {
  if constexpr (requires { std::string_view(T::name); })
    return std::string_view(T::name);
  else
    return std::string_view(T::name.data());
}

/// Has T a name that all compilers spell alike? What a type says of itself stands in for one that is not. (Only such a
/// type is asked: a recipe that is refused must not be made for it.)
template <class T>
constexpr bool is_spelled() {
  if constexpr (spelling<T>.usable)
    return true;
  else
    return SaysName<T>;
}
template <class T>
inline constexpr bool has_spelling = is_spelled<T>();
template <class T>
constexpr auto spelled() {
  if constexpr (spelling<T>.usable || !has_spelling<T>)
    return spelling<T>.name;
  else
    return said_name<T>();
}

}  // namespace tuneit::detail
