#pragma once
// From questions, passages and answers to what a network reads: windows of a passage, each behind the question. No
// LibTorch.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/data/text/text_notes.hpp"
#include "tuneit/data/text/text_set.hpp"
#include "tuneit/data/text/token_targets.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"

namespace tuneit::data {

/// How questions become tokens. Defaults: BERT's own for SQuAD.
struct EncodeQuestions {
  std::size_t most = 384;    ///< tokens of a window, question and special ones counted
  std::size_t stride = 128;  ///< tokens of the passage that a window shares with the one before
  unsigned threads = 0;      ///< 0: as many as there are cores; the result is the same
};

/// Windows of questions, in the order of the questions, of which the set knows passages and answers (TextSet::notes).
struct EncodedQuestions {
  TextSet set;
  std::size_t without_answer = 0;  ///< windows that do not hold the answer: it begins and ends at their first token
  std::size_t lost = 0;            ///< questions whose answer has no place in the passage: SpanLoss leaves them out
};

/// The windows of each question and its passage; the first accepted answer is learnt. A question without a label is to
/// be predicted. Throws Error(Data) where there are none, for a text that is no question, and one whose question leaves
/// no room; and what the tokeniser throws.
inline EncodedQuestions encode_questions(const io::Texts& texts, const text::Tokenizer& tokenizer,
                                         const EncodeQuestions& how = {}) {
  if (texts.examples.empty()) throw Error(ErrorKind::Data, "there are no questions", "Look where they are left out.");
  text::EncodeOptions options;
  options.truncation = text::Truncation{
      .max_length = how.most, .strategy = text::TruncationStrategy::OnlySecond, .overflow = true, .stride = how.stride};
  std::vector<text::TextPair> pairs;
  for (const io::TextExample& e : texts.examples) {
    const bool known = std::holds_alternative<io::Answers>(e.label) || std::holds_alternative<std::monostate>(e.label);
    if (!e.second || !known)
      throw Error(ErrorKind::Data, texts.place(e) + " is no question with a passage",
                  "Files of SQuAD's form have such (docs/texts.md).");
    pairs.push_back({e.text, e.second_text()});
  }
  EncodedQuestions out{TextSet(TextTargets::Span, how.most)};
  TextNotes notes;
  const std::vector<text::Encoding> all = tokenizer.encode_batch(pairs, options, how.threads);
  for (std::size_t q = 0; q < all.size(); ++q) {
    const io::TextExample& e = texts.examples[q];
    const auto* const answers = std::get_if<io::Answers>(&e.label);
    QuestionNote question{e.id, e.second};
    const io::TextAnswer* const learnt =
        answers == nullptr || answers->accepted.empty() ? nullptr : &answers->accepted.front();
    if (answers != nullptr)
      for (const io::TextAnswer& a : answers->accepted) question.accepted.push_back(a.text);
    const bool lost = answers == nullptr || (learnt != nullptr && !learnt->begin);
    if (lost && answers != nullptr) ++out.lost;
    const auto window = [&](const text::Encoding& w) {
      WindowNote& note = notes.windows.emplace_back(WindowNote{q});
      for (std::size_t i = 0; i < w.size(); ++i)
        note.tokens.push_back({w.byte_offsets[i].begin, w.byte_offsets[i].end, w.sequence_ids[i] == 1});
      if (lost) return out.set.add_no_span(w);
      const auto [first, last] =
          learnt == nullptr ? std::pair<std::size_t, std::size_t>{}
                            : answer_tokens(std::span(w.byte_offsets), std::span<const std::int32_t>(w.sequence_ids),
                                            *learnt->begin, *learnt->begin + learnt->text.size());
      if (last == 0) ++out.without_answer;
      out.set.add_span(w, first, last);
    };
    window(all[q]);
    for (const text::Encoding& part : all[q].overflowing) window(part);
    notes.questions.push_back(std::move(question));
  }
  out.set.note(std::move(notes));
  return out;
}

}  // namespace tuneit::data
