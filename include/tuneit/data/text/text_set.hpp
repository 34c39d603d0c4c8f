#pragma once
// Texts as a network reads them: all ids in one array, and what each text should give. No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/text/text_notes.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/losses/targets.hpp"

namespace tuneit::data {

/// What is known of a text beside its tokens. Of all texts of a set the same.
enum class TextTargets : std::uint8_t {
  Class,   ///< the number of a class
  Values,  ///< numbers to predict, or several labels each by itself, as many of each text
  Tokens,  ///< the number of a class of each token, or no_label
  Span     ///< where an answer begins and ends: two positions of tokens, 0 and 0 where there is none
};

/// A text as a tokeniser leaves it.
template <class E>
concept EncodedText = requires(const E& text) {
  text.ids, text.type_ids, text.special_tokens_mask;
};

/// Tokenised texts, by position from 0. What a text has more tokens than `most` is refused: who reads texts cuts them.
class TextSet {
 public:
  /// Throws Error(Usage) for no tokens at most.
  explicit TextSet(TextTargets targets = TextTargets::Class, std::size_t most = 512) : targets_(targets), most_(most) {
    if (most == 0) throw Error(ErrorKind::Usage, "a set of texts of no tokens", "Give the most tokens of a text.");
  }

  /// A text and its class. type_ids: of each token, or nothing where all are 0; specials: 1 of tokens that are no part
  /// of the text. Throws Error(Data) for a text without tokens, or with more than `most`; Error(Usage) where the set
  /// has other targets.
  void add(std::span<const std::int32_t> ids, std::int64_t label, std::span<const std::int32_t> type_ids = {},
           std::span<const std::uint8_t> specials = {}) {
    want(TextTargets::Class);
    put(ids, type_ids, specials);
    classes_.push_back(label);
  }
  /// A text and its numbers. Throws, too, where other texts have more or fewer.
  void add_values(std::span<const std::int32_t> ids, std::span<const float> values,
                  std::span<const std::int32_t> type_ids = {}, std::span<const std::uint8_t> specials = {}) {
    want(TextTargets::Values);
    if (values.empty() || (size() > 0 && values.size() != width_))
      throw Error(ErrorKind::Data,
                  "text " + std::to_string(size()) + " (from 0) has " + std::to_string(values.size()) + " numbers",
                  size() > 0 ? "Those before it have " + std::to_string(width_) + "." : "Give one at least.");
    put(ids, type_ids, specials);
    width_ = values.size();
    values_.insert(values_.end(), values.begin(), values.end());
  }
  /// A text and a class or no_label of each of its tokens. Throws Error(Usage), too, where they are not as many.
  void add_labels(std::span<const std::int32_t> ids, std::span<const std::int64_t> labels,
                  std::span<const std::int32_t> type_ids = {}, std::span<const std::uint8_t> specials = {}) {
    want(TextTargets::Tokens);
    as_many(labels.size(), ids.size(), "labels");
    put(ids, type_ids, specials);
    for (const std::int64_t label : labels) token_labels_.push_back(static_cast<std::int32_t>(label));
  }
  /// A text and the tokens with which an answer begins and ends. Throws Error(Data), too, for one that it does not
  /// have.
  void add_span(std::span<const std::int32_t> ids, std::size_t first, std::size_t last,
                std::span<const std::int32_t> type_ids = {}, std::span<const std::uint8_t> specials = {}) {
    want(TextTargets::Span);
    if (first > last || last >= ids.size())
      throw Error(ErrorKind::Data,
                  "text " + std::to_string(size()) + " (from 0) has " + std::to_string(ids.size()) +
                      " tokens, and its answer is from " + std::to_string(first) + " to " + std::to_string(last),
                  "Positions count from 0; of no answer both are 0.");
    put(ids, type_ids, specials);
    classes_.push_back(static_cast<std::int64_t>(first));
    classes_.push_back(static_cast<std::int64_t>(last));
  }
  /// A text whose answer has no place: SpanLoss leaves it out.
  void add_no_span(std::span<const std::int32_t> ids, std::span<const std::int32_t> type_ids = {},
                   std::span<const std::uint8_t> specials = {}) {
    want(TextTargets::Span);
    put(ids, type_ids, specials);
    classes_.insert(classes_.end(), {no_label, no_label});
  }
  /// The same of an encoding.
  template <EncodedText Encoding>
  void add(const Encoding& text, std::int64_t label) {
    add(text.ids, label, text.type_ids, text.special_tokens_mask);
  }
  template <EncodedText Encoding>
  void add_values(const Encoding& text, std::span<const float> values) {
    add_values(text.ids, values, text.type_ids, text.special_tokens_mask);
  }
  template <EncodedText Encoding>
  void add_labels(const Encoding& text, std::span<const std::int64_t> labels) {
    add_labels(text.ids, labels, text.type_ids, text.special_tokens_mask);
  }
  template <EncodedText Encoding>
  void add_span(const Encoding& text, std::size_t first, std::size_t last) {
    add_span(text.ids, first, last, text.type_ids, text.special_tokens_mask);
  }

  template <EncodedText Encoding>
  void add_no_span(const Encoding& text) {
    add_no_span(text.ids, text.type_ids, text.special_tokens_mask);
  }

  /// What else is known of the texts; null: nothing.
  [[nodiscard]] const TextNotes* notes() const { return notes_.get(); }
  void note(TextNotes notes) { notes_ = std::make_shared<const TextNotes>(std::move(notes)); }

  [[nodiscard]] std::size_t size() const { return lengths_.size(); }
  [[nodiscard]] TextTargets targets() const { return targets_; }
  /// The most tokens that a text may have.
  [[nodiscard]] std::size_t most() const { return most_; }
  [[nodiscard]] std::span<const std::uint32_t> lengths() const { return lengths_; }
  [[nodiscard]] std::size_t longest() const {
    return lengths_.empty() ? 0 : *std::max_element(lengths_.begin(), lengths_.end());
  }
  [[nodiscard]] std::size_t tokens() const { return ids_.size(); }
  [[nodiscard]] std::span<const std::int32_t> ids(std::size_t text) const { return of(ids_, text); }
  [[nodiscard]] std::span<const std::uint8_t> type_ids(std::size_t text) const { return of(types_, text); }
  /// 1 of tokens that are no part of the text.
  [[nodiscard]] std::span<const std::uint8_t> specials(std::size_t text) const { return of(specials_, text); }
  /// Of Class; of Span where the answer begins, no_label where it has no place.
  [[nodiscard]] std::int64_t label(std::size_t text) const {
    return targets_ == TextTargets::Span ? classes_[2 * text] : classes_[text];
  }
  [[nodiscard]] std::int64_t answer_end(std::size_t text) const { return classes_[2 * text + 1]; }
  [[nodiscard]] std::span<const float> values(std::size_t text) const {
    return std::span(values_).subspan(text * width_, width_);
  }
  [[nodiscard]] std::span<const std::int32_t> token_labels(std::size_t text) const { return of(token_labels_, text); }

 private:
  template <class T>
  [[nodiscard]] std::span<const T> of(const std::vector<T>& all, std::size_t text) const {
    return std::span(all).subspan(begins_[text], lengths_[text]);
  }
  void want(TextTargets given) const {
    if (given != targets_)
      throw Error(ErrorKind::Usage, "a text is added with other targets than the set is for",
                  "TextSet set(TextTargets::Class): add; Values: add_values; Tokens: add_labels; Span: add_span.");
  }
  void as_many(std::size_t given, std::size_t tokens, const char* what) const {
    if (given != tokens)
      throw Error(ErrorKind::Usage,
                  "text " + std::to_string(size()) + " (from 0) has " + std::to_string(tokens) + " tokens and " +
                      std::to_string(given) + " " + what,
                  "Give one of each token.");
  }
  void put(std::span<const std::int32_t> ids, std::span<const std::int32_t> types,
           std::span<const std::uint8_t> specials) {
    if (ids.empty() || ids.size() > most_)
      throw Error(ErrorKind::Data,
                  "text " + std::to_string(size()) + " (from 0) has " + std::to_string(ids.size()) + " tokens",
                  ids.empty() ? "An empty text has its special tokens." : "Cut it to " + std::to_string(most_) + ".");
    if (!types.empty()) as_many(types.size(), ids.size(), "type ids");
    if (!specials.empty()) as_many(specials.size(), ids.size(), "marks of special tokens");
    for (const std::int32_t type : types)
      if (type < 0 || type > 255)
        throw Error(ErrorKind::Data,
                    "text " + std::to_string(size()) + " (from 0) has the type id " + std::to_string(type),
                    "Type ids are from 0 to 255.");
    begins_.push_back(ids_.size());
    lengths_.push_back(static_cast<std::uint32_t>(ids.size()));
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    types_.resize(ids_.size());
    std::transform(types.begin(), types.end(), types_.end() - static_cast<std::ptrdiff_t>(types.size()),
                   [](std::int32_t t) { return static_cast<std::uint8_t>(t); });
    specials_.resize(ids_.size());
    std::copy(specials.begin(), specials.end(), specials_.end() - static_cast<std::ptrdiff_t>(specials.size()));
  }

  TextTargets targets_;
  std::size_t most_, width_ = 0;
  std::vector<std::int32_t> ids_, token_labels_;
  std::vector<std::uint8_t> types_, specials_;
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::int64_t> classes_;
  std::vector<float> values_;
  std::shared_ptr<const TextNotes> notes_{};  ///< shared by copies
};

}  // namespace tuneit::data
