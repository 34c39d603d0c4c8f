#pragma once
// Of what is a code point composed, and what composes with what? One code point or pair at a time.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "tuneit/text/unicode/composition_table.hpp"
#include "tuneit/text/unicode/decomposition_table.hpp"

namespace tuneit::text {

namespace detail {

// Hangul syllables are arithmetic (Unicode 3.12).
inline constexpr char32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11A7;
inline constexpr char32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28;
inline constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTailCount;

template <class Table>
[[nodiscard]] const tables::Decomposition* decomposition_in(const Table& table, char32_t c) noexcept {
  const auto* const at = std::lower_bound(std::begin(table), std::end(table), c,
                                          [](const tables::Decomposition& d, char32_t x) { return d.code_point < x; });
  return at != std::end(table) && at->code_point == c ? at : nullptr;
}

}  // namespace detail

/// Calls each(d) for the code points of c's full canonical decomposition, or compatible one; c itself if it has none.
template <bool Compatible, class Each>
void decompose(char32_t c, Each each) {
  using namespace detail;
  if (c >= kSyllables && c < kSyllables + kSyllableCount) {
    const char32_t s = c - kSyllables, tail = s % kTailCount;
    each(kLeads + s / (kVowelCount * kTailCount));
    each(kVowels + s % (kVowelCount * kTailCount) / kTailCount);
    if (tail != 0) each(kTails + tail);
    return;
  }
  const tables::Decomposition* found = Compatible ? decomposition_in(tables::kCompatible, c) : nullptr;
  if (found == nullptr) found = decomposition_in(tables::kCanonical, c);
  if (found == nullptr) return each(c);
  for (unsigned i = 0; i < found->length; ++i) each(tables::kDecomposed[found->at + i]);
}

/// Canonical_Combining_Class of Unicode 9.
[[nodiscard]] inline std::uint8_t combining_class(char32_t c) noexcept {
  const auto* const above =
      std::upper_bound(std::begin(tables::kCombining), std::end(tables::kCombining), c,
                       [](char32_t wanted, const tables::CombiningRun& r) { return wanted < r.first; });
  if (above == std::begin(tables::kCombining)) return 0;
  const tables::CombiningRun& run = *(above - 1);
  return c <= run.last ? run.combining_class : std::uint8_t{0};
}

/// What the two compose to under NFC; 0: nothing.
[[nodiscard]] inline char32_t compose(char32_t first, char32_t second) noexcept {
  using namespace detail;
  if (first >= kLeads && first < kLeads + kLeadCount && second >= kVowels && second < kVowels + kVowelCount)
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTailCount;
  if (first >= kSyllables && first < kSyllables + kSyllableCount && (first - kSyllables) % kTailCount == 0 &&
      second > kTails && second < kTails + kTailCount)
    return first + (second - kTails);
  const auto* const at = std::lower_bound(std::begin(tables::kCompositions), std::end(tables::kCompositions), 0,
                                          [&](const tables::Composition& one, int) {
                                            return one.first != first ? one.first < first : one.second < second;
                                          });
  return at != std::end(tables::kCompositions) && at->first == first && at->second == second ? at->composed : U'\0';
}

}  // namespace tuneit::text
