#pragma once
// Where does a byte of a text lie when one counts code points, or UTF-16 units?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// Bytes [begin, end) of a text.
struct ByteSpan {
  std::uint32_t begin = 0, end = 0;
  friend constexpr bool operator==(const ByteSpan&, const ByteSpan&) = default;
};
/// Code points [begin, end) of a text: what Python counts.
struct CodePointSpan {
  std::uint32_t begin = 0, end = 0;
  friend constexpr bool operator==(const CodePointSpan&, const CodePointSpan&) = default;
};
/// UTF-16 units [begin, end) of a text: what Java and JavaScript count.
struct Utf16Span {
  std::uint32_t begin = 0, end = 0;
  friend constexpr bool operator==(const Utf16Span&, const Utf16Span&) = default;
};

/// Converts offsets of one text, which is UTF-8 of less than 4 GiB and outlives nothing: the table keeps no text. A
/// text of ASCII costs no memory. Offsets within a code point count as its beginning; those behind the end throw
/// std::out_of_range.
class OffsetTable {
 public:
  explicit OffsetTable(std::string_view text) : size_(static_cast<std::uint32_t>(text.size())) {
    std::size_t ascii = 0;
    while (ascii < text.size() && static_cast<unsigned char>(text[ascii]) < 0x80) ++ascii;
    if (ascii == text.size()) return;
    code_points_.reserve(text.size() + 1);
    for (std::size_t at = 0; at < text.size();) {
      const auto begin = static_cast<std::uint32_t>(at);
      const std::uint32_t more = bytes_of_lead(text[at]);
      code_points_.insert(code_points_.end(), more, static_cast<std::uint32_t>(begins_.size()));
      begins_.push_back(begin);
      utf16_.push_back(units_);
      units_ += more == 4 ? 2 : 1;
      at += more;
    }
    code_points_.push_back(static_cast<std::uint32_t>(begins_.size()));
    begins_.push_back(size_);
    utf16_.push_back(units_);
  }

  [[nodiscard]] std::uint32_t code_point_of_byte(std::uint32_t byte) const {
    return begins_.empty() ? checked(byte) : code_points_.at(byte);
  }
  [[nodiscard]] std::uint32_t byte_of_code_point(std::uint32_t code_point) const {
    return begins_.empty() ? checked(code_point) : begins_.at(code_point);
  }
  [[nodiscard]] std::uint32_t utf16_of_byte(std::uint32_t byte) const {
    return begins_.empty() ? checked(byte) : utf16_[code_points_.at(byte)];
  }
  /// The beginning of the code point that has the unit.
  [[nodiscard]] std::uint32_t byte_of_utf16(std::uint32_t unit) const {
    if (begins_.empty()) return checked(unit);
    if (unit > units_) throw std::out_of_range("an offset lies behind the text");
    const auto above = std::upper_bound(utf16_.begin(), utf16_.end(), unit);
    return begins_[static_cast<std::size_t>(above - utf16_.begin()) - 1];
  }
  [[nodiscard]] CodePointSpan code_points_of_bytes(ByteSpan b) const {
    return {code_point_of_byte(b.begin), code_point_of_byte(b.end)};
  }
  [[nodiscard]] ByteSpan bytes_of_code_points(CodePointSpan c) const {
    return {byte_of_code_point(c.begin), byte_of_code_point(c.end)};
  }
  [[nodiscard]] Utf16Span utf16_of_bytes(ByteSpan b) const { return {utf16_of_byte(b.begin), utf16_of_byte(b.end)}; }
  [[nodiscard]] ByteSpan bytes_of_utf16(Utf16Span u) const { return {byte_of_utf16(u.begin), byte_of_utf16(u.end)}; }

 private:
  [[nodiscard]] std::uint32_t checked(std::uint32_t offset) const {
    if (offset > size_) throw std::out_of_range("an offset lies behind the text");
    return offset;
  }
  std::uint32_t size_ = 0, units_ = 0;
  std::vector<std::uint32_t> code_points_;     ///< of each byte, and the end
  std::vector<std::uint32_t> begins_, utf16_;  ///< of each code point, and the end; empty: all is ASCII
};

}  // namespace tuneit::text
