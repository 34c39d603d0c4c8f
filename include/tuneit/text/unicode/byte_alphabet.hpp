#pragma once
// Which characters stand for the bytes of a text in byte-level models?
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// GPT-2's alphabet: bytes 0x21-0x7E, 0xA1-0xAC and 0xAE-0xFF stand for themselves, the other 68 in ascending order for
/// U+0100 and those that follow (a space is U+0120).
struct ByteAlphabet {
  std::array<char16_t, 256> code_point_of{};
  std::array<std::int16_t, 0x144> byte_of{};       ///< -1: stands for no byte
  std::array<std::array<char, 2>, 256> utf8_of{};  ///< of the code point, whose size is in size_of
  std::array<std::uint8_t, 256> size_of{};

  constexpr ByteAlphabet() {
    byte_of.fill(-1);
    char16_t next = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
      const bool itself = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      const char16_t c = itself ? static_cast<char16_t>(b) : next++;
      code_point_of[b] = c;
      byte_of[c] = static_cast<std::int16_t>(b);
      size_of[b] = c < 0x80 ? 1 : 2;
      utf8_of[b] = {static_cast<char>(c < 0x80 ? c : 0xC0U | static_cast<unsigned>(c) >> 6U),
                    static_cast<char>(0x80U | (static_cast<unsigned>(c) & 0x3FU))};
    }
  }
  /// The byte that the code point stands for; -1: none.
  [[nodiscard]] constexpr int byte(char32_t c) const { return c < byte_of.size() ? byte_of[c] : -1; }
};
inline constexpr ByteAlphabet kByteAlphabet{};

/// The text, of which each byte became a character.
[[nodiscard]] inline std::string to_byte_alphabet(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    out.append(kByteAlphabet.utf8_of[b].data(), kByteAlphabet.size_of[b]);
  }
  return out;
}
/// The bytes for which the characters of `text`, which is UTF-8, stand; none if one stands for no byte.
[[nodiscard]] inline std::optional<std::string> from_byte_alphabet(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const int byte = kByteAlphabet.byte(next_code_point(text, at));
    if (byte < 0) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

}  // namespace tuneit::text
