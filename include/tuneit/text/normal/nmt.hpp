#pragma once
// Normalisers of two old kinds: control characters, and bytes as characters.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/text/normal/normal_text.hpp"
#include "tuneit/text/unicode/byte_alphabet.hpp"

namespace tuneit::text {

/// Nmt of tokenizers: some control characters vanish, tabs, line ends, zero-width ones and "\u2581" become spaces.
struct NmtNormalizer {
  void operator()(NormalText& text) const {
    text.filter([](char32_t c) {
      return !((c >= 0x1 && c <= 0x8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F);
    });
    text.map([](char32_t c) {
      const bool space = c == 0x9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                         c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
      return space ? U' ' : c;
    });
  }
};

/// ByteLevel as a normaliser: each byte becomes a character of the byte alphabet, which stands for the code point that
/// the byte is of.
struct ByteLevelNormalizer {
  void operator()(NormalText& text) const {
    std::string made;
    std::vector<ByteSpan> spans;
    for (std::size_t at = 0; at < text.text().size(); ++at) {
      const auto byte = static_cast<unsigned char>(text.text()[at]);
      made.append(kByteAlphabet.utf8_of[byte].data(), kByteAlphabet.size_of[byte]);
      spans.insert(spans.end(), kByteAlphabet.size_of[byte], text.spans()[at]);
    }
    text.become(std::move(made), std::move(spans));
  }
};

}  // namespace tuneit::text
