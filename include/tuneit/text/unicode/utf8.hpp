#pragma once
// How are bytes read as code points, and back?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::text {

inline constexpr char32_t kReplacementCharacter = U'\uFFFD';

/// Throws Error(ErrorKind::Data) with the byte, from 0, of the first that is not UTF-8. `name`: what the text is.
inline void require_utf8(std::string_view text, std::string_view name) {
  const std::size_t at = io::utf8_prefix(text);
  if (at != text.size())
    throw Error(ErrorKind::Data, std::string(name).append(" is not UTF-8: byte ").append(std::to_string(at)),
                "Convert it to UTF-8, or ask for what is invalid to be replaced by U+FFFD.");
}

/// How many bytes the code point has that begins with this one, of text that is UTF-8.
[[nodiscard]] constexpr std::uint32_t bytes_of_lead(char lead) noexcept {
  const auto u = static_cast<unsigned char>(lead);
  return u < 0x80 ? 1U : u < 0xE0 ? 2U : u < 0xF0 ? 3U : 4U;
}
/// How many bytes the code point has in UTF-8.
[[nodiscard]] constexpr std::uint32_t bytes_of(char32_t c) noexcept {
  return c < 0x80 ? 1U : c < 0x800 ? 2U : c < 0x10000 ? 3U : 4U;
}
/// Is it the first byte of a code point?
[[nodiscard]] constexpr bool begins_code_point(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}
/// How many code points the text has, which is UTF-8.
[[nodiscard]] inline std::size_t code_points_in(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_code_point));
}

/// The code point at byte `at`, which moves behind it. The text is UTF-8, and `at` the beginning of a code point.
[[nodiscard]] constexpr char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  const char32_t lead = byte(at);
  if (lead < 0x80) return ++at, lead;
  if (lead < 0xE0) return at += 2, (lead & 0x1FU) << 6U | (byte(at - 1) & 0x3FU);
  if (lead < 0xF0) return at += 3, (lead & 0x0FU) << 12U | (byte(at - 2) & 0x3FU) << 6U | (byte(at - 1) & 0x3FU);
  at += 4;
  return (lead & 0x07U) << 18U | (byte(at - 3) & 0x3FU) << 12U | (byte(at - 2) & 0x3FU) << 6U | (byte(at - 1) & 0x3FU);
}
/// The code point that ends before byte `at` > 0, which moves to its beginning.
[[nodiscard]] constexpr char32_t previous_code_point(std::string_view text, std::size_t& at) noexcept {
  do --at;
  while (!begins_code_point(text[at]));
  std::size_t begin = at;
  return next_code_point(text, begin);
}
/// Appends the code point's bytes.
inline void append_utf8(std::string& out, char32_t c) {
  const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  const auto tail = [&](unsigned shift) { return byte(0x80U | ((c >> shift) & 0x3FU)); };
  if (c < 0x80)
    out += byte(c);
  else if (c < 0x800)
    out += {byte(0xC0U | c >> 6U), tail(0)};
  else if (c < 0x10000)
    out += {byte(0xE0U | c >> 12U), tail(6), tail(0)};
  else
    out += {byte(0xF0U | c >> 18U), tail(12), tail(6), tail(0)};
}
[[nodiscard]] inline std::string utf8_of(char32_t c) {
  std::string out;
  append_utf8(out, c);
  return out;
}

}  // namespace tuneit::text
