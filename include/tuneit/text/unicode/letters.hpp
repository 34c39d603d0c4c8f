#pragma once
// Is a code point a letter, a number, white space, as the regular expressions of pre-tokenisers count them (Unicode
// 16)?
#include <span>

#include "tuneit/text/unicode/class_table.hpp"
#include "tuneit/text/unicode/letter_ranges.hpp"

namespace tuneit::text {

/// \p{L}, \p{N} and \s of every code point; made when first asked for.
[[nodiscard]] inline const ClassTable<Letters>& letters() {
  static const ClassTable<Letters> all{std::span<const tables::letters::LettersRange>(tables::letters::kLetters)};
  return all;
}

}  // namespace tuneit::text
