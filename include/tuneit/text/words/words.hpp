#pragma once
// What is a text between normaliser and model? A normalised piece, cut into words.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/normal/normal_text.hpp"

namespace tuneit::text {

/// Bytes [begin, end) of the normalised text; `origin`: where in the original text it begins (which is before its first
/// code point's, if normalisers deleted some there).
struct Word {
  std::uint32_t begin = 0, end = 0, origin = 0;
  friend constexpr bool operator==(const Word&, const Word&) = default;
};

/// A normalised piece and the words into which pre-tokenisers cut it, in order, none of them empty. They begin as one
/// word: all of the piece.
///
/// A pre-tokeniser is a type P with `void operator()(Words&) const`: it cuts every word that is there on its own, and
/// may also change the text (byte-level, Metaspace), for which `rebuild` helps. It keeps no state between calls, so
/// that threads may share it. All of them are in the variant of text/tokenizer/pipeline.hpp.
struct Words {
  NormalText text;
  std::vector<Word> words;

  void assign(std::string_view piece, std::uint32_t begin) {
    text.assign(piece, begin);
    whole();
  }
  /// One word: all of the text.
  void whole() {
    words.clear();
    if (const auto n = static_cast<std::uint32_t>(text.text().size()); n > 0)
      words.push_back({0, n, text.original().begin});
  }
  [[nodiscard]] std::string_view text_of(const Word& w) const { return text.text().substr(w.begin, w.end - w.begin); }
  /// Cuts each word: cut(std::string_view word, emit), where emit(begin, end) adds bytes [begin, end) of the word as a
  /// word, in ascending order; an empty one is passed over.
  template <class Cut>
  void split(Cut cut) {
    std::vector<Word> now;
    now.reserve(words.size());
    for (const Word& w : words)
      cut(text_of(w), [&](std::size_t begin, std::size_t end) {
        if (begin == end) return;
        const auto b = w.begin + static_cast<std::uint32_t>(begin);
        now.push_back({b, w.begin + static_cast<std::uint32_t>(end),
                       begin == 0 && end == w.end - w.begin ? w.origin : text.spans()[b].begin});
      });
    words.swap(now);
  }
  /// New text, word by word: change(NormalText& word) for each, in order; words that became empty vanish. A word stays
  /// one word.
  template <class Change>
  void rebuild(Change change) {
    std::string made;
    std::vector<ByteSpan> spans;
    std::vector<Word> now;
    for (const Word& w : words) {
      NormalText one = text.slice(w.begin, w.end);
      change(one, w);
      if (one.text().empty()) continue;
      const auto b = static_cast<std::uint32_t>(made.size());
      made += one.text();
      spans.insert(spans.end(), one.spans().begin(), one.spans().end());
      now.push_back({b, static_cast<std::uint32_t>(made.size()), w.origin});
    }
    text.become(std::move(made), std::move(spans));
    words.swap(now);
  }
};

}  // namespace tuneit::text
