#pragma once
// What do the normalisers of SentencePiece replace? The table that they carry in their models.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// A precompiled charsmap: 32 bits, the size in bytes of a double array (of darts-clone); the array, of 32 bits each,
/// all little-endian; then replacements, UTF-8, each with a NUL behind it. The array's values are places of
/// replacements.
class Charsmap {
 public:
  /// A rule that begins where one looked: how many bytes it replaces, and by what.
  struct Rule {
    std::size_t bytes = 0;
    std::string_view replacement;
  };

  /// Throws Error(Data) where the table is cut off, leads out of itself, is not UTF-8, or has a replacement of more
  /// than 1,024 bytes. `name`: what holds it.
  explicit Charsmap(std::string_view bytes, const std::string& name = "a charsmap") {
    const auto refuse = [&](const std::string& what) {
      throw Error(ErrorKind::Data, name + ": the charsmap " + what, "The file is damaged.");
    };
    if (bytes.size() < 4) refuse("has " + std::to_string(bytes.size()) + " bytes, less than 4");
    const std::size_t size = word_at(bytes, 0);
    if (size > bytes.size() - 4) refuse("says that its trie has " + std::to_string(size) + " bytes, but ends before");
    if (size % 4 != 0 || size == 0) refuse("has a trie of " + std::to_string(size) + " bytes");
    for (std::size_t at = 4; at < 4 + size; at += 4) units_.push_back({word_at(bytes, at)});
    text_ = bytes.substr(4 + size);
    if (const std::size_t at = io::utf8_prefix(text_); at != text_.size())
      refuse("has replacements that are not UTF-8, at their byte " + std::to_string(at));
    for (std::size_t begin = 0, end = 0; begin < text_.size(); begin = end + 1) {
      end = std::min(text_.find('\0', begin), text_.size());
      if (end - begin > kMostReplacement) refuse("has a replacement of more than 1,024 bytes");
    }
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i].is_value() || !units_[i].has_value()) continue;
      const std::size_t at = i ^ units_[i].offset();
      const std::string where = "leads out of itself at unit " + std::to_string(i);
      if (at >= units_.size() || !units_[at].is_value()) refuse(where);
      const std::size_t value = units_[at].value();
      if (value > text_.size() || (value < text_.size() && !begins_code_point(text_[value]))) refuse(where);
    }
    const auto child = [&](std::size_t base, std::size_t byte) {  // its unit, or 0, which is the root's
      const std::size_t at = base ^ byte;
      return byte != 0 && at < units_.size() && units_[at].label() == byte ? at : 0;
    };
    for (std::size_t c = 0; c < 0x80; ++c) {
      const std::size_t at = child(units_[0].offset(), c);
      keeps_[c] = at == 0 || !units_[at].has_value();
      for (std::size_t next = 1; at != 0 && keeps_[c] && next < 0x80; ++next)
        keeps_[c] = child(at ^ units_[at].offset(), next) == 0;
    }
  }

  /// Is this a character of ASCII that no rule replaces if the next one is of ASCII as well, or there is none? (Rules
  /// that compose, such as of a letter and a mark, begin with nearly every letter.)
  [[nodiscard]] bool keeps(char byte) const noexcept { return keeps_[static_cast<unsigned char>(byte)]; }
  /// The rule of the fewest bytes at the beginning of the text.
  [[nodiscard]] std::optional<Rule> shortest(std::string_view text) const { return find(text, true); }
  /// The rule of the most bytes, up to 1,024, at the beginning of the text.
  [[nodiscard]] std::optional<Rule> longest(std::string_view text) const { return find(text, false); }

 private:
  static constexpr std::size_t kMostReplacement = 1024;  ///< so that a text grows by a factor that is bounded
  static constexpr std::size_t kMostRule = 1024;  ///< bytes that one replaces: a damaged trie may lead in circles
  struct Unit {
    std::uint32_t bits = 0;
    [[nodiscard]] bool is_value() const { return bits >> 31U != 0; }
    [[nodiscard]] bool has_value() const { return (bits >> 8U & 1U) != 0; }
    [[nodiscard]] std::size_t value() const { return bits & 0x7FFFFFFFU; }
    [[nodiscard]] std::size_t label() const { return bits & 0x800000FFU; }
    [[nodiscard]] std::size_t offset() const { return std::size_t{bits >> 10U} << ((bits & 0x200U) >> 6U); }
  };
  static std::uint32_t word_at(std::string_view bytes, std::size_t at) {
    std::uint32_t out = 0;
    for (std::size_t i = 4; i-- > 0;) out = out << 8U | static_cast<unsigned char>(bytes[at + i]);
    return out;
  }
  [[nodiscard]] std::optional<Rule> find(std::string_view text, bool first) const {
    std::optional<Rule> found;
    std::size_t node = units_[0].offset();
    text = text.substr(0, kMostRule);
    for (std::size_t at = 0; at < text.size();) {
      const auto byte = static_cast<unsigned char>(text[at++]);
      node ^= byte;
      if (byte == 0 || node >= units_.size() || units_[node].label() != byte) break;
      const Unit unit = units_[node];
      node ^= unit.offset();
      if (!unit.has_value()) continue;
      const std::string_view rest = std::string_view(text_).substr(units_[node].value());
      found = Rule{at, rest.substr(0, rest.find('\0'))};
      if (first) break;
    }
    return found;
  }

  std::vector<Unit> units_;
  std::string text_;
  std::array<bool, 256> keeps_{};
};

}  // namespace tuneit::text
