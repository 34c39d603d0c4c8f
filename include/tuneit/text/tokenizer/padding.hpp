#pragma once
// How are encodings made equally long?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tuneit/text/tokenizer/encoding.hpp"
#include "tuneit/text/tokenizer/truncation.hpp"

namespace tuneit::text {

/// To which length, with which id, on which side. What is longer stays as it is.
struct Padding {
  std::size_t length = 0;       ///< 0: that of the longest of a batch
  std::size_t multiple_of = 0;  ///< not 0: rounded up to a multiple
  Direction direction = Direction::Right;
  std::int32_t pad_id = 0, pad_type_id = 0;
};

/// Pads one encoding and its overflow to `length`.
inline void pad(Encoding& e, std::size_t length, const Padding& p) {
  for (Encoding& part : e.overflowing) pad(part, length, p);
  if (e.size() >= length) return;
  const std::size_t more = length - e.size();
  const auto fill = [&](auto& values, auto with) {
    values.insert(p.direction == Direction::Right ? values.end() : values.begin(), more, with);
  };
  fill(e.ids, p.pad_id);
  fill(e.type_ids, p.pad_type_id);
  fill(e.byte_offsets, ByteSpan{});
  fill(e.word_ids, -1);
  fill(e.sequence_ids, -1);
  fill(e.special_tokens_mask, std::uint8_t{1});
  fill(e.attention_mask, std::uint8_t{0});
}

/// Pads a batch.
inline void pad(std::span<Encoding> batch, const Padding& p) {
  std::size_t length = p.length;
  if (length == 0)
    for (const Encoding& e : batch) length = std::max(length, e.size());
  if (p.multiple_of > 0) length += (p.multiple_of - length % p.multiple_of) % p.multiple_of;
  for (Encoding& e : batch) pad(e, length, p);
}

}  // namespace tuneit::text
