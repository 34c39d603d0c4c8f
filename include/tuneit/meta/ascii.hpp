#pragma once
// Small work on the ASCII letters and blanks of names, whatever the locale.
#include <string>
#include <string_view>

namespace tuneit::io {

/// Lower case of the ASCII letters.
inline std::string ascii_lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// Is it a space, tab, line feed, vertical tab, form feed or carriage return: what isspace() tells of the C locale?
template <class Character>
constexpr bool is_ascii_space(Character c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
/// What may stand between the tokens of JSON (RFC 8259).
inline constexpr std::string_view json_space = " \t\r\n";

/// Without blanks at its ends (those of ASCII, and the no-break space).
inline std::string_view trimmed(std::string_view text) {
  for (;;) {
    if (!text.empty() && is_ascii_space(text.front()))
      text.remove_prefix(1);
    else if (!text.empty() && is_ascii_space(text.back()))
      text.remove_suffix(1);
    else if (text.starts_with("\xc2\xa0"))
      text.remove_prefix(2);
    else if (text.ends_with("\xc2\xa0"))
      text.remove_suffix(2);
    else
      return text;
  }
}

}  // namespace tuneit::io
