#pragma once
// What is known of a model of SentencePiece?
#include <cstdint>
#include <string>
#include <vector>

namespace tuneit::text {

/// What a piece is for; the values are the file's.
enum class PieceType : std::uint8_t { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

/// A .model file. Pieces are in the order of their ids.
struct SentencePieceModel {
  enum class Type : std::uint8_t { Unigram = 1, Bpe = 2 };
  Type type = Type::Unigram;
  std::vector<std::string> pieces;
  std::vector<float> scores;
  std::vector<PieceType> types;
  std::int32_t unknown = -1;  ///< the piece of the type Unknown
  bool byte_fallback = false;
  bool treat_whitespace_as_suffix = false;
  std::string charsmap;  ///< empty: nothing is replaced
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
};

}  // namespace tuneit::text
