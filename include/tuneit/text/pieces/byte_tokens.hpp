#pragma once
// Which tokens stand for single bytes where a character is unknown?
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tuneit/text/pieces/vocabulary.hpp"

namespace tuneit::text {

/// The token of a byte: <0x00> to <0xFF>, upper-case.
[[nodiscard]] inline std::string byte_token(unsigned byte) {
  constexpr char hex[] = "0123456789ABCDEF";
  return {'<', '0', 'x', hex[byte >> 4U & 15U], hex[byte & 15U], '>'};
}

/// The ids of the 256 byte tokens, as far as a vocabulary has them.
class ByteTokens {
 public:
  ByteTokens() { ids_.fill(-1); }
  explicit ByteTokens(const Vocabulary& vocabulary) {
    for (unsigned byte = 0; byte < 256; ++byte) ids_[byte] = vocabulary.id_of(byte_token(byte)).value_or(-1);
  }
  /// -1: no token.
  [[nodiscard]] std::int32_t id_of(char byte) const noexcept { return ids_[static_cast<unsigned char>(byte)]; }
  [[nodiscard]] bool has_all(std::string_view text) const noexcept {
    return std::all_of(text.begin(), text.end(), [&](char c) { return id_of(c) >= 0; });
  }

 private:
  std::array<std::int32_t, 256> ids_{};
};

}  // namespace tuneit::text
