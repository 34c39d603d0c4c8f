#pragma once
// Which spaces does a byte-level token's offset leave out?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tuneit/text/tokenizer/pipeline.hpp"
#include "tuneit/text/tokenizer/token_run.hpp"
#include "tuneit/text/unicode/classes.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// Moves the offsets of the run's tokens from number `from` on past the white space at both ends of the token's own
/// text (U+0120 stands for a space there); not past the one space that was put in front of the first token.
template <class M>
void trim_offsets(const Pipeline& pipeline, const M& model, std::string_view text, std::size_t from, TokenRun& run) {
  const CodePointClasses& classes = code_point_classes();
  const auto is_space = [&](char32_t c) { return c == 0x120 || classes.any(c, kIsSpace); };
  for (std::size_t i = from; i < run.size(); ++i) {
    ByteSpan& bytes = run[i].bytes;
    const bool added = pipeline.added.of_id(run[i].id) != nullptr;
    const std::string_view token =
        added ? text.substr(bytes.begin, bytes.end - bytes.begin) : model.token_of(run[i].id).value_or("");
    std::size_t leading = 0, trailing = 0;  // code points, as offsets are counted in Python
    for (std::size_t at = 0; at < token.size() && is_space(next_code_point(token, at));) ++leading;
    for (std::size_t at = token.size(); at > 0 && is_space(previous_code_point(token, at));) ++trailing;
    const bool is_first = i == 0 || bytes.begin == 0;
    if (is_first && pipeline.post_processor.add_prefix_space && leading == 1) leading = 0;
    for (; leading > 0 && bytes.begin < bytes.end; --leading) bytes.begin += bytes_of_lead(text[bytes.begin]);
    bytes.begin = std::min(bytes.begin, bytes.end);
    std::size_t end = bytes.end;
    for (; trailing > 0 && end > 0; --trailing) (void)previous_code_point(text, end);
    if (trailing == 0) bytes.end = std::max(static_cast<std::uint32_t>(end), bytes.begin);
  }
}

}  // namespace tuneit::text
