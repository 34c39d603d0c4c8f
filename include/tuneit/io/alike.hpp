#pragma once
// Can people tell two names apart? Blanks, upper and lower case, ways to write a number, normal forms of Unicode.
#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

namespace detail {

// What is made equal before names are compared.
enum Unseen : unsigned { Blanks = 1, Case = 2, Number = 4, Form = 8, Encoding = 16, All = 31 };

/// Bytes that are no UTF-8, read as Latin-1: what a name of an old archive most likely was.
inline std::string from_latin1(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x80)
      out += c;
    else
      out += {static_cast<char>(0xC0U | (u >> 6U)), static_cast<char>(0x80U | (u & 0x3FU))};
  }
  return out;
}

/// utf8proc_map; the text as it is where it refuses.
inline std::string mapped(const std::string& text, int options) {
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &made, static_cast<utf8proc_option_t>(options));
  std::string out = text;
  if (size >= 0) out.assign(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
  std::free(made);
  return out;
}

/// No blanks at the ends, one for each run of them inside.
inline std::string without_blanks(const std::string& text) {
  std::string out;
  bool blank = false;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t read = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                                   static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    const std::size_t size = read > 0 ? static_cast<std::size_t>(read) : 1;
    if (read > 0 && (is_ascii_space(code) || utf8proc_category(code) == UTF8PROC_CATEGORY_ZS)) {
      blank = true;
    } else {
      if (blank && !out.empty()) out += ' ';
      blank = false;
      out += text.substr(at, size);
    }
    at += size;
  }
  return out;
}

/// "1" for 1, +1, 01, 1.0 and 1.; digits are compared as text, so that long numbers stay apart. Else the text itself.
inline std::string plain_number(const std::string& text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::string sign = at == 1 && text[0] == '-' ? "-" : "";
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return text.substr(begin, at - begin);
  };
  std::string whole = digits(), part;
  if (at < text.size() && text[at] == '.') {
    ++at;
    part = digits();
  }
  if (at != text.size() || (whole.empty() && part.empty())) return text;
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  part.erase(part.find_last_not_of('0') + 1);
  if (whole.empty() && part.empty()) return "0";
  return sign + (whole.empty() ? "0" : whole) + (part.empty() ? "" : "." + part);
}

inline std::string look_of(std::string_view name, unsigned same) {
  std::string text(name);
  if (!is_utf8(text)) {
    if ((same & Encoding) == 0) return utf8_text(text);
    text = from_latin1(text);
  }
  if ((same & Form) != 0) text = mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);
  if ((same & Case) != 0) text = mapped(text, UTF8PROC_STABLE | UTF8PROC_CASEFOLD);
  if ((same & Form) != 0) text = mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);
  if ((same & Blanks) != 0) text = without_blanks(text);
  if ((same & Number) != 0) text = plain_number(text);
  return text;
}

}  // namespace detail

/// The same for names that people can hardly tell apart: they differ only in blanks, in case, as 1 and 1.0 and 01 do,
/// by normal form or by characters that are not seen (NFKC and case folding of Unicode), or in their encoding.
[[nodiscard]] inline std::string look_of(std::string_view name) { return detail::look_of(name, detail::All); }

/// In what two names of one look differ, in words: "blanks and upper or lower case"; empty where they are equal.
[[nodiscard]] inline std::string difference_of(std::string_view a, std::string_view b) {
  if (a == b) return {};
  struct Way {
    detail::Unseen way;
    const char* words;
  };
  std::string text;
  for (const Way& w :
       {Way{detail::Blanks, "blanks"}, Way{detail::Case, "upper and lower case"},
        Way{detail::Number, "how a number is written"}, Way{detail::Form, "characters that look alike or are not seen"},
        Way{detail::Encoding, "their encoding"}})
    if (detail::look_of(a, detail::All & ~w.way) != detail::look_of(b, detail::All & ~w.way))
      text += (text.empty() ? "" : " and ") + std::string(w.words);
  if (!text.empty()) return text;
  for (const Way& w : {Way{detail::Blanks, "blanks"}, Way{detail::Form, "characters that look alike or are not seen"}})
    if (detail::look_of(a, w.way) == detail::look_of(b, w.way)) return w.words;  // two ways would do
  return "how they are written";
}

}  // namespace tuneit::io
