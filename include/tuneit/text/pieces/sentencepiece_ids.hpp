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

}  // namespace tuneit::text
