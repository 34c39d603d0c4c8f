#pragma once
// Pre-tokenisers that cut where the class of a code point says so.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tuneit/text/unicode/classes.hpp"
#include "tuneit/text/words/split_behavior.hpp"
#include "tuneit/text/words/words.hpp"

namespace tuneit::text {

namespace detail {

/// What is of these classes separates: white space is removed, anything else is a word of its own.
template <unsigned Separators>
struct SeparatedWords {
  void operator()(Words& words) const {
    const CodePointClasses& classes = code_point_classes();
    words.split([&](std::string_view word, auto emit) {
      std::size_t begin = 0;
      for (std::size_t at = 0; at < word.size();) {
        const std::size_t from = at;
        const unsigned is = classes.of(next_code_point(word, at)) & Separators;
        if (is == 0) continue;
        emit(begin, from);
        if ((is & kIsSpace) == 0) emit(from, at);
        begin = at;
      }
      emit(begin, word.size());
    });
  }
};

}  // namespace detail

/// BertPreTokenizer: White_Space separates and is removed, each punctuation character is a word.
struct BertWords : detail::SeparatedWords<kIsSpace | kIsPunctuation> {};

/// White_Space separates and is removed.
struct WhitespaceSplitWords : detail::SeparatedWords<kIsSpace> {};

/// Whitespace of tokenizers: runs of \w, and runs of what is neither \w nor \s, are words.
struct WhitespaceWords {
  void operator()(Words& words) const {
    const CodePointClasses& classes = code_point_classes();
    words.split([&](std::string_view word, auto emit) {
      std::size_t begin = 0;
      unsigned before = kIsSpace;
      for (std::size_t at = 0; at < word.size();) {
        const std::size_t from = at;
        const unsigned is = classes.of(next_code_point(word, at));
        const unsigned kind = (is & kIsWord) != 0 ? kIsWord : is & kIsSpace;
        if (kind == before) continue;
        if (before != kIsSpace) emit(begin, from);
        begin = from;
        before = kind;
      }
      if (before != kIsSpace) emit(begin, word.size());
    });
  }
};

/// Punctuation: each of its characters is a match.
struct PunctuationWords {
  SplitBehavior behavior = SplitBehavior::Isolated;

  void operator()(Words& words) const {
    const CodePointClasses& classes = code_point_classes();
    std::vector<Match> matches;
    words.split([&](std::string_view word, auto emit) {
      match_code_points(word, matches, [&](char32_t c) { return classes.any(c, kIsPunctuation); });
      split_at(matches, behavior, emit);
    });
  }
};

/// Digits: numbers stand apart, or each digit does.
struct DigitsWords {
  bool individual_digits = false;

  void operator()(Words& words) const {
    const CodePointClasses& classes = code_point_classes();
    std::vector<Match> matches;
    words.split([&](std::string_view word, auto emit) {
      match_code_points(word, matches, [&](char32_t c) { return classes.any(c, kIsNumeric); });
      split_at(matches, individual_digits ? SplitBehavior::Isolated : SplitBehavior::Contiguous, emit);
    });
  }
};

}  // namespace tuneit::text
