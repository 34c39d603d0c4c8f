#pragma once
// What is a text to a network? Ids, and where each came from.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/text/unicode/offsets.hpp"

namespace tuneit::text {

/// The tokens of a text or a pair of texts: parallel vectors, an entry a token.
struct Encoding {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;      ///< which segment, as the post-processor says
  std::vector<ByteSpan> byte_offsets;      ///< of the original text of its sequence; {0, 0} of specials and padding
  std::vector<std::int32_t> word_ids;      ///< which word of its sequence; -1: none
  std::vector<std::int32_t> sequence_ids;  ///< 0 the first text, 1 the second; -1: special or padding
  std::vector<std::uint8_t> special_tokens_mask;  ///< 1 of what the post-processor or padding added
  std::vector<std::uint8_t> attention_mask;       ///< 0 of padding
  std::vector<Encoding> overflowing;              ///< the other parts of a text that was cut, if one asked for them

  [[nodiscard]] std::size_t size() const noexcept { return ids.size(); }
  friend bool operator==(const Encoding&, const Encoding&) = default;
};

}  // namespace tuneit::text
