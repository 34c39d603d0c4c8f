#pragma once
// What should each token of a text give? Of words that have tags, of a question's answer, of a text that is to be
// continued. No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/text/text_set.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::data {

/// Which pieces of a word have its tag: the first, the others none; or all of them.
enum class LabelledPieces : std::uint8_t { First, All };

/// A label of each token from those of its words. word_ids: the word of each token, -1: of none; it gets no_label, as a
/// word's further pieces do. With All they get inside[label] where that is given: of B-X the number of I-X. Throws
/// Error(Usage) for a word that has no label.
inline std::vector<std::int64_t> token_labels(std::span<const std::int32_t> word_ids,
                                              std::span<const std::int64_t> of_words,
                                              LabelledPieces which = LabelledPieces::First,
                                              std::span<const std::int64_t> inside = {}) {
  std::vector<std::int64_t> labels;
  labels.reserve(word_ids.size());
  std::int32_t before = -1;
  for (const std::int32_t word : word_ids) {
    if (word >= 0 && static_cast<std::size_t>(word) >= of_words.size())
      throw Error(ErrorKind::Usage,
                  "a token is of word " + std::to_string(word) + " (from 0), and there are labels of " +
                      std::to_string(of_words.size()),
                  "Give one of each word.");
    if (word < 0) {
      labels.push_back(no_label);
    } else {
      const std::int64_t own = of_words[static_cast<std::size_t>(word)];
      const bool listed = own >= 0 && static_cast<std::size_t>(own) < inside.size();
      labels.push_back(word != before                   ? own
                       : which == LabelledPieces::First ? no_label
                       : listed                         ? inside[static_cast<std::size_t>(own)]
                                                        : own);
    }
    before = word;
  }
  return labels;
}

/// The class of each word from those of its tokens: that of its first piece. A word that has no token, or was cut off,
/// has `otherwise`; returns how many those were.
inline std::size_t word_classes(std::span<const std::int32_t> word_ids, std::span<const std::int64_t> of_tokens,
                                std::int64_t otherwise, std::span<std::int64_t> of_words) {
  std::vector<bool> seen(of_words.size(), false);
  std::fill(of_words.begin(), of_words.end(), otherwise);
  for (std::size_t i = 0; i < word_ids.size(); ++i) {
    if (word_ids[i] < 0 || static_cast<std::size_t>(word_ids[i]) >= of_words.size()) continue;
    const auto word = static_cast<std::size_t>(word_ids[i]);
    if (!seen[word]) of_words[word] = of_tokens[i];
    seen[word] = true;
  }
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), false));
}

/// Where a window of a context holds an answer: its first and last token; 0 and 0, where it is not wholly inside.
/// offsets: [begin, end) of each token in the context, sequence_ids: 1 of the context's tokens; begin and end: of the
/// answer, in the same unit. As HF transformers' run_qa.
template <class Span>
std::pair<std::size_t, std::size_t> answer_tokens(std::span<const Span> offsets,
                                                  std::span<const std::int32_t> sequence_ids, std::size_t begin,
                                                  std::size_t end) {
  std::size_t first = 0, last = sequence_ids.size();
  while (first < last && sequence_ids[first] != 1) ++first;
  while (last > first && sequence_ids[last - 1] != 1) --last;
  if (first == last || begin >= end || offsets[first].begin > begin || offsets[last - 1].end < end) return {0, 0};
  std::size_t from = first, to = last;
  while (from < last && offsets[from].begin <= begin) ++from;
  while (to > first && offsets[to - 1].end >= end) --to;
  return std::minmax(from - 1, to);  // several tokens may be of one character
}

/// Texts one behind the other, cut into blocks of so many tokens, each of which should give the one behind it; the last
/// of a block gives none. What is left at the end is dropped. separator: stands behind each text; negative: nothing.
inline TextSet causal_blocks(const TextSet& texts, std::size_t block, std::int32_t separator = -1) {
  TextSet out(TextTargets::Tokens, block);
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> next(block, no_label);
  const auto put = [&](std::int32_t id) {
    ids.push_back(id);
    if (ids.size() < block) return;
    std::copy(ids.begin() + 1, ids.end(), next.begin());
    out.add_labels(ids, next);
    ids.clear();
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (const std::int32_t id : texts.ids(i)) put(id);
    if (separator >= 0) put(separator);
  }
  return out;
}

}  // namespace tuneit::data
