#pragma once
// What is a code point in lower case, whatever stands around it?
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "tuneit/text/unicode/case_table.hpp"

namespace tuneit::text {

/// The full lower case of Unicode 16 without context: `second` is 0 but for U+0130 (i, U+0307). A final sigma stays one
/// (Python's lower() looks at the word).
struct LowerCase {
  char32_t first = 0, second = 0;
};

[[nodiscard]] inline LowerCase lower_case(char32_t c) noexcept {
  if (c < 0x80) return {c >= U'A' && c <= U'Z' ? c + 32 : c, 0};
  for (const auto& two : tables::kLowerCaseOfTwo)
    if (two[0] == c) return {two[1], two[2]};
  const auto* const above =
      std::upper_bound(std::begin(tables::kLowerCase), std::end(tables::kLowerCase), c,
                       [](char32_t wanted, const tables::LowerCaseRun& r) { return wanted < r.first; });
  if (above == std::begin(tables::kLowerCase)) return {c, 0};
  const tables::LowerCaseRun& run = *(above - 1);
  if (c <= run.last && (c - run.first) % run.step == 0)
    return {static_cast<char32_t>(static_cast<std::int32_t>(c) + run.by), 0};
  return {c, 0};
}

}  // namespace tuneit::text
