#pragma once
// From texts that were read to what a network reads: tokens, and the numbers of their classes and tags. No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/data/text/text_set.hpp"
#include "tuneit/data/text/token_targets.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"

namespace tuneit::data {

/// How texts become tokens.
struct Encode {
  std::size_t most = 512;   ///< tokens of a text, special ones counted; what is longer is cut at its end
  unsigned threads = 0;     ///< 0: as many as there are cores; the result is the same
  bool new_classes = true;  ///< a class or tag that `classes` lacks is added; else it is refused, as in a test part
  LabelledPieces pieces = LabelledPieces::First;  ///< of words with tags
};

/// Tokenised texts, and what was met on the way.
struct EncodedTexts {
  TextSet set;
  std::size_t cut = 0;                             ///< texts of `most` tokens, which were cut or just fit
  std::vector<std::vector<std::int32_t>> words{};  ///< of texts with tags: the word of each token, -1 of none
};

namespace detail {

/// Numbers of classes by their names. `add`: a new one has the next number; else it is refused.
class ClassNumbers {
 public:
  ClassNumbers(std::vector<std::string>& classes, bool add) : classes_(classes), add_(add) {
    for (const std::string& name : classes) numbers_.emplace(name, static_cast<std::int64_t>(numbers_.size()));
  }
  std::int64_t of(const std::string& name, const io::Texts& texts, const io::TextExample& e) {
    if (const auto found = numbers_.find(name); found != numbers_.end()) return found->second;
    if (!add_)
      throw Error(ErrorKind::Data,
                  texts.place(e) + " is of the class " + io::quote(name) + ", which the training part does not have",
                  "Move such a text to the training part, or leave it out.");
    classes_.push_back(name);
    return numbers_.emplace(name, static_cast<std::int64_t>(classes_.size()) - 1).first->second;
  }

 private:
  std::vector<std::string>& classes_;
  bool add_;
  std::unordered_map<std::string, std::int64_t> numbers_;
};
/// Of B-X the number of I-X where there is one, else its own.
inline std::vector<std::int64_t> inside_tags(const std::vector<std::string>& tags) {
  std::vector<std::int64_t> inside;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const auto own =
        tags[i].starts_with("B-") ? std::find(tags.begin(), tags.end(), "I-" + tags[i].substr(2)) : tags.end();
    inside.push_back(own != tags.end() ? own - tags.begin() : static_cast<std::int64_t>(i));
  }
  return inside;
}
inline TextTargets targets_of(const io::Texts& texts) {
  const io::TextExample& first = texts.examples.front();
  const io::TextLabel& label = first.label;
  if (std::holds_alternative<std::monostate>(label) && !first.words.empty()) return TextTargets::Tokens;
  return std::holds_alternative<std::vector<double>>(label) ? TextTargets::Values
         : std::holds_alternative<io::Tags>(label)          ? TextTargets::Tokens
                                                            : TextTargets::Class;
}

}  // namespace detail

/// The tokens of texts and pairs with a class, numbers or tags of their words; of those without a label the class is 0,
/// and words without tags have none (to be predicted: report::label_words makes tags of words of what is told).
/// classes: their names, in the order in which they come. Throws Error(Data) where there are no texts, where they have
/// labels of different kinds, or a class that is not to be added; and what the tokeniser throws. Questions with answers
/// are not for this (encode_questions).
inline EncodedTexts encode_texts(const io::Texts& texts, const text::Tokenizer& tokenizer,
                                 std::vector<std::string>& classes, const Encode& how = {}) {
  if (texts.examples.empty()) throw Error(ErrorKind::Data, "there are no texts", "Look where they are left out.");
  const TextTargets targets = detail::targets_of(texts);
  EncodedTexts out{TextSet(targets, how.most)};
  text::EncodeOptions options;
  options.truncation = text::Truncation{.max_length = how.most};
  const auto other = [&](const io::TextExample& e) {
    return Error(ErrorKind::Data, texts.place(e) + " has a label of another kind than the texts before it",
                 "All texts have a class, or all numbers, or all tags.");
  };
  std::vector<text::Encoding> all;
  if (targets == TextTargets::Tokens) {
    for (const io::TextExample& e : texts.examples) all.push_back(tokenizer.encode_words(e.words, options));
  } else {
    std::vector<text::TextPair> pairs;
    for (const io::TextExample& e : texts.examples)
      pairs.push_back({e.text, e.second ? std::optional<std::string_view>(e.second_text()) : std::nullopt});
    all = tokenizer.encode_batch(pairs, options, how.threads);
  }
  detail::ClassNumbers numbers(classes, how.new_classes);
  std::vector<std::int64_t> inside;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const io::TextExample& e = texts.examples[i];
    if (all[i].size() == how.most) ++out.cut;
    if (const auto* values = std::get_if<std::vector<double>>(&e.label); targets == TextTargets::Values) {
      if (values == nullptr) throw other(e);
      out.set.add_values(all[i], std::vector<float>(values->begin(), values->end()));
    } else if (const auto* tags = std::get_if<io::Tags>(&e.label); targets == TextTargets::Tokens) {
      const bool none = std::holds_alternative<std::monostate>(e.label) && !e.words.empty();
      if (tags == nullptr && !none) throw other(e);
      std::vector<std::int64_t> of_words(none ? e.words.size() : 0, no_label);
      if (!none)
        for (const std::string& tag : tags->tags) of_words.push_back(numbers.of(tag, texts, e));
      if (how.pieces == LabelledPieces::All && inside.size() != classes.size()) inside = detail::inside_tags(classes);
      out.set.add_labels(all[i], token_labels(all[i].word_ids, of_words, how.pieces, inside));
      out.words.push_back(all[i].word_ids);
    } else {
      const auto* name = std::get_if<std::string>(&e.label);
      if (name == nullptr && !std::holds_alternative<std::monostate>(e.label)) throw other(e);
      out.set.add(all[i], name == nullptr ? 0 : numbers.of(*name, texts, e));
    }
  }
  if (targets != TextTargets::Values) out.set.note({.classes = classes});
  return out;
}

}  // namespace tuneit::data
