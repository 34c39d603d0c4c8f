#pragma once
// How do models of SentencePiece see spaces?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/unicode/utf8.hpp"
#include "tuneit/text/words/words.hpp"

namespace tuneit::text {

/// Where Metaspace puts one in front of a word that begins with none.
enum class PrependScheme : std::uint8_t {
  Always,  ///< everywhere
  First,   ///< where the original text begins
  Never
};

/// The pre-tokeniser Metaspace: each U+0020 becomes `replacement`, one is put in front of each word that is there, as
/// the scheme says, and words are cut before each, unless one says no.
struct Metaspace {
  char32_t replacement = U'\u2581';
  PrependScheme prepend_scheme = PrependScheme::Always;
  bool split = true;

  void operator()(Words& words) const {
    const std::string mark = utf8_of(replacement);
    const std::string_view old = words.text.text();
    const std::span<const ByteSpan> from = words.text.spans();
    std::string text;
    std::vector<ByteSpan> spans;
    std::vector<Word> now;
    text.reserve(old.size() + old.size() / 2 + words.words.size() * mark.size());
    spans.reserve(text.capacity());
    const auto put_mark = [&](ByteSpan span) {
      text += mark;
      spans.insert(spans.end(), mark.size(), span);
    };
    for (const Word& word : words.words) {
      auto begin = static_cast<std::uint32_t>(text.size());
      std::uint32_t origin = word.origin;
      const auto cut = [&] {
        if (text.size() > begin) now.push_back({begin, static_cast<std::uint32_t>(text.size()), origin});
        begin = static_cast<std::uint32_t>(text.size());
      };
      const auto is_mark = [&](std::size_t at) {
        return old[at] == ' ' || old.substr(at, std::min<std::size_t>(mark.size(), word.end - at)) == mark;
      };
      // By the first byte's code point: tokenizers asks it of the word, whose beginning that is.
      const bool wanted = prepend_scheme == PrependScheme::Always ||
                          (prepend_scheme == PrependScheme::First && from[word.begin].begin == 0);
      if (wanted && !is_mark(word.begin)) put_mark(from[word.begin]);
      for (std::size_t at = word.begin; at < word.end;) {
        if (is_mark(at)) {
          if (split && at > word.begin) {
            cut();
            origin = from[at].begin;
          }
          // A space that is replaced stands for itself, as does a mark that was there.
          const std::size_t size = old[at] == ' ' ? 1 : mark.size();
          put_mark(from[at]);
          at += size;
          continue;
        }
        const std::uint32_t size = bytes_of_lead(old[at]);
        text.append(old, at, size);
        spans.insert(spans.end(), from.begin() + static_cast<std::ptrdiff_t>(at),
                     from.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
      }
      cut();
    }
    words.text.become(std::move(text), std::move(spans));
    words.words.swap(now);
  }
};

}  // namespace tuneit::text
