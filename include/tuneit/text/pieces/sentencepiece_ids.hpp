#pragma once
// What do SentencePiece's models have in common: pieces, unknown characters, bytes that stand for them.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/pieces/byte_tokens.hpp"
#include "tuneit/text/pieces/double_array.hpp"
#include "tuneit/text/pieces/piece.hpp"
#include "tuneit/text/pieces/sentencepiece_pieces.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"

namespace tuneit::text {

/// The pieces of a .model file, and those of them by which texts are cut: normal, user-defined and unused ones.
class SentencePieceIds {
 public:
  explicit SentencePieceIds(SentencePieceModel model)
      : scores_(std::move(model.scores)), types_(std::move(model.types)), unknown_(model.unknown) {
    std::vector<DoubleArray::Key> keys;
    for (std::size_t i = 0; i < model.pieces.size(); ++i)
      if (types_[i] == PieceType::Normal || types_[i] == PieceType::UserDefined || types_[i] == PieceType::Unused)
        keys.emplace_back(model.pieces[i], static_cast<std::int32_t>(i));
    trie_ = DoubleArray(std::move(keys));
    vocabulary_ = Vocabulary(std::move(model.pieces));
    if (model.byte_fallback) bytes_ = ByteTokens(vocabulary_);
  }

  [[nodiscard]] const DoubleArray& trie() const noexcept { return trie_; }
  [[nodiscard]] const Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  [[nodiscard]] float score(std::int32_t id) const noexcept { return scores_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] PieceType type(std::int32_t id) const noexcept { return types_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::int32_t unknown() const noexcept { return unknown_; }
  /// The piece of texts that is all of this text; -1: none.
  [[nodiscard]] std::int32_t find(std::string_view text) const noexcept {
    std::uint32_t node = DoubleArray::root;
    for (const char c : text)
      if ((node = trie_.step(node, c)) == DoubleArray::none) return -1;
    return trie_.value(node);
  }
  /// Appends the pieces from `first` to before `last`; unknown ones side by side become one, or the pieces of their
  /// bytes.
  template <class Iterator>
  void finish(std::string_view text, Iterator first, Iterator last, std::vector<Piece>& out) const {
    bool behind_unknown = false;
    for (; first != last; ++first) {
      const Piece& piece = *first;
      const bool is_unknown = piece.id == unknown_;
      if (is_unknown && bytes_.has_all(text.substr(piece.begin, piece.end - piece.begin)))
        for (std::uint32_t i = piece.begin; i < piece.end; ++i)
          out.push_back({bytes_.id_of(text[i]), piece.begin, piece.end});
      else if (is_unknown && behind_unknown)
        out.back().end = piece.end;
      else
        out.push_back(piece);
      behind_unknown = is_unknown;
    }
  }

 private:
  Vocabulary vocabulary_;
  std::vector<float> scores_;
  std::vector<PieceType> types_;
  std::int32_t unknown_ = -1;
  DoubleArray trie_;
  ByteTokens bytes_;
};

/// What both models have beside their pieces. Where no piece has a space but at its beginning, words can be cut on
/// their own.
class SentencePieceWords {
 public:
  [[nodiscard]] std::optional<std::int32_t> id_of(std::string_view token) const {
    return ids_.vocabulary().id_of(token);
  }
  [[nodiscard]] std::optional<std::string_view> token_of(std::int32_t id) const {
    return ids_.vocabulary().token_of(id);
  }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.vocabulary().size(); }

 protected:
  static constexpr std::string_view kSpace = "\u2581";

  explicit SentencePieceWords(SentencePieceModel model) : ids_(std::move(model)) {
    for (std::size_t i = 0; i < size() && by_words_; ++i)
      if (const PieceType type = ids_.type(static_cast<std::int32_t>(i));
          type == PieceType::Normal || type == PieceType::UserDefined || type == PieceType::Unused)
        by_words_ = ids_.vocabulary().tokens()[i].find(kSpace, 1) == std::string::npos;
  }
  /// Calls f(word, where it begins): for all of the text where words cannot be cut on their own.
  template <class F>
  void each_word(std::string_view text, const F& f) const {
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t end = by_words_ ? text.find(kSpace, begin + 1) : std::string_view::npos;
      if (end == std::string_view::npos) end = text.size();
      f(text.substr(begin, end - begin), static_cast<std::uint32_t>(begin));
      begin = end;
    }
  }

  SentencePieceIds ids_;
  bool by_words_ = true;
};

}  // namespace tuneit::text
