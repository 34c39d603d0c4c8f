#pragma once
// A BERT of a few words, for tests.
#include <string>
#include <string_view>

#include "small_json.hpp"
#include "tuneit/text/tokenizer.hpp"

namespace tuneit::text::tests {

inline Tokenizer small_bert() { return Tokenizer(parse_tokenizer_json(small_json(), "'t.json'").pipeline); }

/// Tokens and the code points of a text without special tokens, as "cafe(0,4) x(5,6)".
inline std::string shown(const Tokenizer& t, std::string_view text, EncodeOptions how = {false, false, {}, {}}) {
  const Encoding e = t.encode(text, how);
  const OffsetTable table(text);
  std::string out;
  for (std::size_t i = 0; i < e.size(); ++i) {
    const CodePointSpan at = table.code_points_of_bytes(e.byte_offsets[i]);
    out += (i == 0 ? "" : " ") + t.token_of(e.ids[i]).value() + "(" + std::to_string(at.begin) + "," +
           std::to_string(at.end) + ")";
  }
  return out;
}

}  // namespace tuneit::text::tests
