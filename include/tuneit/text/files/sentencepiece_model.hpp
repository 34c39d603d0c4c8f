#pragma once
// What does a .model file of SentencePiece say? sentencepiece_model.proto of github.com/google/sentencepiece, the
// fields that tokenising needs.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/files/protobuf.hpp"
#include "tuneit/text/pieces/sentencepiece_pieces.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

namespace detail {

inline void read_piece(std::string_view bytes, const std::string& name, SentencePieceModel& model) {
  ProtobufReader reader(bytes, name + ": piece " + std::to_string(model.pieces.size()));
  std::string_view piece;
  float score = 0;
  std::uint64_t type = 1;
  using T = ProtobufField::Type;
  for (ProtobufField field; reader.next(field);) {
    if (field.number == 1 && field.type == T::Bytes) piece = field.bytes;
    if (field.number == 2 && field.type == T::Fixed32) score = field.as_float();
    if (field.number == 3 && field.type == T::Varint) type = field.value;
  }
  if (piece.empty()) reader.refuse("has no text");
  if (piece.size() > kMostTokenBytes) reader.refuse("has more than 4,096 bytes of text");
  if (io::utf8_prefix(piece) != piece.size()) reader.refuse("is not UTF-8");
  if (type < 1 || type > 6) reader.refuse("is of the unknown type " + std::to_string(type));
  if (!(score - score == 0)) reader.refuse("has a score that is not finite");
  if (static_cast<PieceType>(type) == PieceType::Unknown) {
    if (model.unknown >= 0) reader.refuse("is a second unknown one");
    model.unknown = static_cast<std::int32_t>(model.pieces.size());
  }
  model.pieces.emplace_back(piece);
  model.scores.push_back(score);
  model.types.push_back(static_cast<PieceType>(type));
}

}  // namespace detail

/// Reads the bytes of a .model file. Throws Error(Data) with the place for what is cut off or damaged, by name for
/// types other than unigram and bpe; where there is no unknown piece, a piece is there twice, or bytes are to stand for
/// unknown characters and not all 256 are there.
[[nodiscard]] inline SentencePieceModel parse_sentencepiece_model(std::string_view bytes, const std::string& name) {
  SentencePieceModel model;
  using T = ProtobufField::Type;
  ProtobufReader reader(bytes, name);
  for (ProtobufField field; reader.next(field);) {
    if (field.type != T::Bytes) continue;
    if (field.number == 1) {
      if (model.pieces.size() == kMostTokens) reader.refuse("has more than 2,000,000 pieces");
      detail::read_piece(field.bytes, name, model);
    } else if (field.number == 2) {  // how it was trained
      ProtobufReader trainer(field.bytes, name + ": the trainer's part");
      for (ProtobufField part; trainer.next(part);) {
        if (part.type != T::Varint) continue;
        if (part.number == 3) {
          if (part.value != 1 && part.value != 2)
            throw Error(ErrorKind::Data,
                        name + " is of the type " +
                            (part.value == 3   ? "'word'"
                             : part.value == 4 ? "'char'"
                                               : std::to_string(part.value)) +
                            ", which tuneit does not know",
                        "It reads models of the types 'unigram' and 'bpe'.");
          model.type = static_cast<SentencePieceModel::Type>(part.value);
        }
        if (part.number == 24) model.treat_whitespace_as_suffix = part.value != 0;
        if (part.number == 35) model.byte_fallback = part.value != 0;
      }
    } else if (field.number == 3) {  // how texts are normalised
      ProtobufReader normalizer(field.bytes, name + ": the normaliser's part");
      for (ProtobufField part; normalizer.next(part);) {
        if (part.number == 2 && part.type == T::Bytes) model.charsmap = std::string(part.bytes);
        if (part.type != T::Varint) continue;
        if (part.number == 3) model.add_dummy_prefix = part.value != 0;
        if (part.number == 4) model.remove_extra_whitespaces = part.value != 0;
        if (part.number == 5) model.escape_whitespaces = part.value != 0;
      }
    }
  }
  if (model.unknown < 0) reader.refuse("has no unknown piece");
  std::unordered_set<std::string_view> seen;
  std::size_t byte_pieces = 0;
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    if (!seen.insert(model.pieces[i]).second)
      reader.refuse("has the piece " + io::quote(model.pieces[i], 40) + " twice");
    byte_pieces += model.types[i] == PieceType::Byte ? 1U : 0U;
  }
  if (model.byte_fallback && byte_pieces != 256)
    reader.refuse("has " + std::to_string(byte_pieces) + " pieces of bytes, not 256");
  return model;
}

}  // namespace tuneit::text
