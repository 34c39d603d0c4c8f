#pragma once
// Of which classes is a code point?
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tuneit/text/unicode/case_table.hpp"
#include "tuneit/text/unicode/class_tables.hpp"
#include "tuneit/text/unicode/composition_table.hpp"
#include "tuneit/text/unicode/decomposition_table.hpp"

namespace tuneit::text {

/// Bits of a code point, as tokenizers sees it (tables of class_tables.hpp).
inline constexpr unsigned kIsSpace = 1,  // White_Space
    kIsCleaned = 2,                      // BertNormalizer's clean_text deletes it
    kIsPunctuation = 4,                  // ASCII's and P*
    kIsNonspacingMark = 8,               // Mn
    kIsMark = 16,                        // M*
    kIsChinese = 32,                     // an ideograph
    kIsNumeric = 64,                     // Nd, Nl, No
    kIsWord = 128,                       // \w
    kHasLowerCase = 256,                 // it is not its own lower case
    kDecomposes = 512,                   // under NFD
    kCombines = 1024,                    // its combining class is not 0
    kDecomposesFurther = 2048;           // under NFKD, and to something else than under NFD

/// The bits of every code point: two lookups. Made once, from ranges, in about a millisecond.
class CodePointClasses {
 public:
  CodePointClasses() {
    std::vector<std::uint16_t> all(0x110000);
    const auto add = [&](const auto& ranges, unsigned bit) {
      for (const tables::CodePoints& r : ranges)
        for (std::uint32_t c = r.first; c <= r.last; ++c) mark(all, c, bit);
    };
    add(tables::kWhiteSpace, kIsSpace);
    add(tables::kCleaned, kIsCleaned);
    add(tables::kPunctuation, kIsPunctuation);
    add(tables::kNonspacingMark, kIsNonspacingMark);
    add(tables::kMark, kIsMark);
    add(tables::kChinese, kIsChinese);
    add(tables::kNumeric, kIsNumeric);
    add(tables::kWordCharacter, kIsWord);
    for (const tables::LowerCaseRun& r : tables::kLowerCase)
      for (std::uint32_t c = r.first; c <= r.last; c += r.step) mark(all, c, kHasLowerCase);
    for (const auto& two : tables::kLowerCaseOfTwo) mark(all, two[0], kHasLowerCase);
    for (const tables::Decomposition& d : tables::kCanonical) mark(all, d.code_point, kDecomposes);
    for (std::uint32_t c = 0xAC00; c < 0xD7A4; ++c) mark(all, c, kDecomposes);  // Hangul syllables
    for (const tables::Decomposition& d : tables::kCompatible) mark(all, d.code_point, kDecomposesFurther);
    for (const tables::CombiningRun& r : tables::kCombining)
      for (std::uint32_t c = r.first; c <= r.last; ++c) mark(all, c, kCombines);
    std::map<Block, std::uint16_t> known;
    for (std::size_t i = 0; i < block_of_.size(); ++i) {
      Block block;
      for (std::size_t k = 0; k < block.size(); ++k) block[k] = all[i * block.size() + k];
      const auto [at, is_new] = known.emplace(block, static_cast<std::uint16_t>(blocks_.size()));
      if (is_new) blocks_.push_back(block);
      block_of_[i] = at->second;
    }
  }
  [[nodiscard]] unsigned of(char32_t c) const noexcept { return blocks_[block_of_[c >> 8U]][c & 0xFFU]; }
  [[nodiscard]] bool any(char32_t c, unsigned bits) const noexcept { return (of(c) & bits) != 0; }

 private:
  using Block = std::array<std::uint16_t, 256>;
  static void mark(std::vector<std::uint16_t>& all, std::uint32_t c, unsigned bit) {
    all[c] = static_cast<std::uint16_t>(all[c] | bit);
  }
  std::array<std::uint16_t, 0x1100> block_of_{};
  std::vector<Block> blocks_;
};

[[nodiscard]] inline const CodePointClasses& code_point_classes() {
  static const CodePointClasses classes;
  return classes;
}

}  // namespace tuneit::text
