#pragma once
// Questions with their passages, as windows that a network can read. No LibTorch.
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/data/text/text_set.hpp"
#include "tuneit/data/text/token_targets.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/report/text/answers.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"

namespace tuneit::app {

/// The windows of all questions: texts of `set`, and for each its question and the bytes that its tokens stand for.
struct QuestionWindows {
  data::TextSet set{data::TextTargets::Span};
  std::vector<std::size_t> question{};
  std::vector<std::vector<report::TokenBytes>> tokens{};
};

/// Cuts passages into windows of `most` tokens, the question's among them, that share `stride`. A window that does not
/// hold the whole first answer is to give its first token ([CLS]), as in transformers' run_qa. Throws what the
/// tokeniser throws, and Error(Data) with the place where a question alone is too long.
inline QuestionWindows question_windows(const io::Texts& texts, const text::Tokenizer& tokenizer, std::size_t most,
                                        std::size_t stride) {
  QuestionWindows out;
  out.set = data::TextSet(data::TextTargets::Span, most);
  text::EncodeOptions how;
  how.truncation = text::Truncation{
      .max_length = most, .strategy = text::TruncationStrategy::OnlySecond, .overflow = true, .stride = stride};
  for (std::size_t q = 0; q < texts.examples.size(); ++q) {
    const io::TextExample& e = texts.examples[q];
    std::size_t begin = 0, end = 0;
    if (const auto* answers = std::get_if<io::Answers>(&e.label); answers != nullptr)
      for (const io::TextAnswer& a : answers->accepted)
        if (a.begin) {
          begin = *a.begin, end = begin + a.text.size();
          break;
        }
    const std::size_t alone = tokenizer.encode(e.text).size();
    if (alone + 1 + stride >= most)
      throw Error(ErrorKind::Data,
                  texts.place(e) + ": the question alone has " + std::to_string(alone) + " tokens, and windows of " +
                      std::to_string(most) + " share " + std::to_string(stride),
                  "Give a larger --max-length, or a smaller --stride.");
    text::Encoding first = tokenizer.encode_pair(e.text, e.second_text(), how);
    std::vector<text::Encoding> windows = std::move(first.overflowing);
    windows.insert(windows.begin(), std::move(first));
    for (const text::Encoding& w : windows) {
      const auto [from, to] = data::answer_tokens<text::ByteSpan>(w.byte_offsets, w.sequence_ids, begin, end);
      out.set.add_span(w, from, to);
      out.question.push_back(q);
      std::vector<report::TokenBytes>& bytes = out.tokens.emplace_back();
      for (std::size_t t = 0; t < w.size(); ++t)
        bytes.push_back({w.byte_offsets[t].begin, w.byte_offsets[t].end, w.sequence_ids[t] == 1});
    }
  }
  return out;
}

/// May there be no answer, as in SQuAD 2?
inline bool some_have_none(const std::vector<io::TextExample>& examples) {
  for (const io::TextExample& e : examples)
    if (const auto* answers = std::get_if<io::Answers>(&e.label); answers != nullptr && answers->accepted.empty())
      return true;
  return false;
}

}  // namespace tuneit::app
