#pragma once
// How do GPT-2, RoBERTa and their kin cut a text into words of bytes?
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/unicode/byte_alphabet.hpp"
#include "tuneit/text/words/gpt2.hpp"
#include "tuneit/text/words/words.hpp"

namespace tuneit::text {

/// The pre-tokeniser ByteLevel: a space in front of each word that is there, if it is asked for and none is there; cuts
/// by GPT-2's regular expression, unless one says no; then each byte becomes a character of the byte alphabet, which
/// stands for the original code point that the byte is of.
struct ByteLevel {
  bool add_prefix_space = true;
  bool use_regex = true;

  void operator()(Words& words) const {
    const std::string_view old = words.text.text();
    const std::span<const ByteSpan> from = words.text.spans();
    std::string text;
    std::vector<ByteSpan> spans;
    std::vector<Word> now;
    text.reserve(old.size() * 2 + words.words.size() * 2);  // a byte becomes one or two
    spans.reserve(text.capacity());
    now.reserve(use_regex ? old.size() / 4 + words.words.size() : words.words.size());
    std::string with_space;
    for (const Word& word : words.words) {
      std::string_view all = words.text_of(word);
      const bool space = add_prefix_space && all.front() != ' ';
      if (space) {
        with_space.assign(1, ' ');
        with_space += all;
        all = with_space;
      }
      const auto span_of = [&](std::size_t at) { return from[word.begin + (space && at > 0 ? at - 1 : at)]; };
      for (std::size_t begin = 0; begin < all.size();) {
        const std::size_t end = use_regex ? Gpt2Pattern::end_of(all, begin) : all.size();
        const std::uint32_t origin = begin == 0 ? word.origin : span_of(begin).begin;
        const auto first = static_cast<std::uint32_t>(text.size());
        for (std::size_t at = begin; at < end; ++at) {
          const auto byte = static_cast<unsigned char>(all[at]);
          text.append(kByteAlphabet.utf8_of[byte].data(), kByteAlphabet.size_of[byte]);
          spans.insert(spans.end(), kByteAlphabet.size_of[byte], span_of(at));
        }
        now.push_back({first, static_cast<std::uint32_t>(text.size()), origin});
        begin = end;
      }
    }
    words.text.become(std::move(text), std::move(spans));
    words.words.swap(now);
  }
};

}  // namespace tuneit::text
