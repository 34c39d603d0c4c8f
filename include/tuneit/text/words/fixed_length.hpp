#pragma once
// A pre-tokeniser that counts.
#include <cstddef>
#include <string_view>

#include "tuneit/text/unicode/utf8.hpp"
#include "tuneit/text/words/words.hpp"

namespace tuneit::text {

/// FixedLength of tokenizers: words of `length` > 0 code points, the last one of what is left.
struct FixedLengthWords {
  std::size_t length = 5;

  void operator()(Words& words) const {
    words.split([&](std::string_view word, auto emit) {
      for (std::size_t begin = 0, end = 0; begin < word.size(); begin = end) {
        for (std::size_t n = 0; n < length && end < word.size(); ++n) end += bytes_of_lead(word[end]);
        emit(begin, end);
      }
    });
  }
};

}  // namespace tuneit::text
