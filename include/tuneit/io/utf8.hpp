#pragma once
// Is a text UTF-8, where is it not, and what stands for the bytes that are not?
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf", kReplacementCharacter = "\xef\xbf\xbd";

/// The text behind the byte order mark with which it may begin.
[[nodiscard]] constexpr std::string_view without_byte_order_mark(std::string_view text) noexcept {
  return text.substr(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}

/// The ill-formed bytes with which `text` begins (it is not empty, and utf8_prefix(text) is 0): the longest prefix of a
/// well-formed sequence, or one byte (Unicode 15, 3.9, "maximal subpart"; what a browser replaces by one U+FFFD).
[[nodiscard]] inline std::size_t maximal_subpart(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t more = lead < 0xC2 || lead > 0xF4 ? 0U : lead < 0xE0 ? 1U : lead < 0xF0 ? 2U : 3U;
  unsigned low = lead == 0xE0   ? 0xA0
                 : lead == 0xF0 ? 0x90
                                : 0x80,
           high = lead == 0xED   ? 0x9F
                  : lead == 0xF4 ? 0x8F
                                 : 0xBF;
  std::size_t n = 1;
  for (; n <= more && n < text.size() && byte(n) >= low && byte(n) <= high; ++n) {
    low = 0x80;
    high = 0xBF;
  }
  return n;
}

/// What is wrong with the bytes with which `text` begins (as maximal_subpart), in words: "a continuation byte without
/// a beginning", ...
[[nodiscard]] inline std::string utf8_fault(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(0), second = byte(1);
  const bool continues = (second & 0xC0U) == 0x80U;
  if ((lead & 0xC0U) == 0x80U) return "a continuation byte without a beginning";
  if (lead == 0xC0 || lead == 0xC1 ||
      (continues && ((lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90))))
    return "an overlong form";
  if (continues && lead == 0xED && second > 0x9F) return "half of a surrogate pair (CESU-8)";
  if (lead > 0xF7) return "a byte that UTF-8 never has";
  if (lead > 0xF4 || (continues && lead == 0xF4 && second > 0x8F)) return "a character above U+10FFFF";
  return "a character that is cut short";
}

/// The text with U+FFFD for each maximal subpart that is not UTF-8 (WHATWG Encoding, "UTF-8 decode"); `replaced` counts
/// them. Well-formed text comes back as it is. Linear.
[[nodiscard]] inline std::string replace_invalid(std::string_view text, std::size_t* replaced = nullptr) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t good = utf8_prefix(text);
    out += text.substr(0, good);
    text.remove_prefix(good);
    if (text.empty()) break;
    out += kReplacementCharacter;
    if (replaced != nullptr) ++*replaced;
    text.remove_prefix(maximal_subpart(text));
  }
  return out;
}

namespace detail {

/// "1 MiB", "300 bytes"
[[nodiscard]] inline std::string byte_count(std::size_t n) {
  constexpr std::size_t mebi = std::size_t{1} << 20U;
  return n > 0 && n % mebi == 0 ? std::to_string(n / mebi) + " MiB" : std::to_string(n) + " bytes";
}

}  // namespace detail

/// A place in a text for a message: both count from 1; a line ends with LF, CRLF or a CR alone.
struct TextPlace {
  std::size_t line = 1, byte = 1;
};

[[nodiscard]] inline TextPlace place_in(std::string_view text, std::size_t offset) {
  TextPlace place;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i)
    if (text[i] == '\n' || (text[i] == '\r' && text.substr(i + 1, 1) != "\n")) {
      ++place.line;
      begin = i + 1;
    }
  place.byte = offset - begin + 1;
  return place;
}

/// Throws ErrorKind::Data, `name:line: byte N of the line is not UTF-8: ...`, where the text is none.
inline void check_utf8(std::string_view text, const std::string& name,
                       const std::string& mend =
                           "Save the file as UTF-8, or ask for U+FFFD in the place of such bytes "
                           "(TextOptions::replace_invalid).") {
  const std::size_t good = utf8_prefix(text);
  if (good == text.size()) return;
  const TextPlace place = place_in(text, good);
  throw Error(ErrorKind::Data,
              name + ":" + std::to_string(place.line) + ": byte " + std::to_string(place.byte) +
                  " of the line is not UTF-8: " + utf8_fault(text.substr(good)) + ".",
              mend);
}

}  // namespace tuneit::io
