#pragma once
// Which special tokens stand around a text or a pair, and of which types are all?
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/text/tokenizer/encoding.hpp"
#include "tuneit/text/tokenizer/token_run.hpp"
#include "tuneit/text/tokenizer/truncation.hpp"

namespace tuneit::text {

/// A part of a template: the first text, the second, or special tokens; all its tokens have the type.
struct TemplatePart {
  enum class Kind { First, Second, Special };
  Kind kind = Kind::First;
  std::int32_t type_id = 0;
  std::vector<std::int32_t> ids;  ///< of Special
};

/// What TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel and sequences of them come to: two templates,
/// and whether offsets leave out white space. Without any: the texts one after the other, of types 0 and 1.
struct PostProcessor {
  std::vector<TemplatePart> single{{TemplatePart::Kind::First, 0, {}}};
  std::vector<TemplatePart> pair{{TemplatePart::Kind::First, 0, {}}, {TemplatePart::Kind::Second, 1, {}}};
  bool trim_offsets = false;  ///< of byte-level tokens
  bool add_prefix_space =
      true;  ///< with trim_offsets: one space in front of the first token was added, and is not trimmed

  /// How many special tokens an encoding has.
  [[nodiscard]] std::size_t specials(bool of_pair) const {
    std::size_t n = 0;
    for (const TemplatePart& part : of_pair ? pair : single) n += part.ids.size();
    return n;
  }

  /// The encoding of the windows of one run or two.
  [[nodiscard]] Encoding assemble(const TokenRun& first, Window of_first, const TokenRun* second, Window of_second,
                                  bool with_specials) const {
    const std::vector<TemplatePart>& parts = second != nullptr ? pair : single;
    Encoding e;
    const std::size_t n = of_first.size() + (second != nullptr ? of_second.size() : 0) +
                          (with_specials ? specials(second != nullptr) : 0);
    e.ids.reserve(n);
    e.type_ids.reserve(n);
    e.byte_offsets.reserve(n);
    e.word_ids.reserve(n);
    e.sequence_ids.reserve(n);
    e.special_tokens_mask.reserve(n);
    for (const TemplatePart& part : parts) {
      switch (part.kind) {
        case TemplatePart::Kind::First:
          add(e, first, of_first, part.type_id, 0);
          break;
        case TemplatePart::Kind::Second:
          add(e, *second, of_second, part.type_id, 1);
          break;
        case TemplatePart::Kind::Special:
          if (!with_specials) break;
          for (const std::int32_t id : part.ids) {
            e.ids.push_back(id);
            e.type_ids.push_back(part.type_id);
            e.byte_offsets.push_back({});
            e.word_ids.push_back(-1);
            e.sequence_ids.push_back(-1);
            e.special_tokens_mask.push_back(1);
          }
      }
    }
    e.attention_mask.assign(e.size(), 1);
    return e;
  }
  /// The encoding of what a truncation left, with its overflow.
  [[nodiscard]] Encoding assemble(const TokenRun& first, const TokenRun* second, const Truncated& t,
                                  bool with_specials) const {
    Encoding e = assemble(first, t.first.front(), second, t.second.front(), with_specials);
    for (std::size_t i = 0; i < t.first.size(); ++i)
      for (std::size_t k = 0; k < t.second.size(); ++k)
        if (i + k > 0) e.overflowing.push_back(assemble(first, t.first[i], second, t.second[k], with_specials));
    return e;
  }

 private:
  static void add(Encoding& e, const TokenRun& run, Window window, std::int32_t type_id, std::int32_t sequence) {
    const auto one = [&](const Token& token) {
      e.ids.push_back(token.id);
      e.byte_offsets.push_back(token.bytes);
      e.word_ids.push_back(token.word);
    };
    for (std::size_t i = window.begin; i < window.end; ++i) one(run[i]);
    for (std::size_t i = run.size() - window.tail; i < run.size(); ++i) one(run[i]);
    e.type_ids.insert(e.type_ids.end(), window.size(), type_id);
    e.sequence_ids.insert(e.sequence_ids.end(), window.size(), sequence);
    e.special_tokens_mask.insert(e.special_tokens_mask.end(), window.size(), 0);
  }
};

}  // namespace tuneit::text
