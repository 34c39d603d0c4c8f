#pragma once
// What does a model make of a word?
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tuneit::text {

/// A token of a word: its id, and bytes [begin, end) of the word's text that it stands for.
struct Piece {
  std::int32_t id = 0;
  std::uint32_t begin = 0, end = 0;
  friend constexpr bool operator==(const Piece&, const Piece&) = default;
};

/// A model: WordPiece, Bpe, Unigram. It does not change once it is made, so threads share it; what it remembers of
/// words (a cache), and memory that is used again, are in a Scratch, of which every thread has its own, and on which
/// results do not depend. All models are in the variant of text/tokenizer/pipeline.hpp, which asks once a text which
/// one it is.
template <class M>
concept WordModel = requires(const M& model, typename M::Scratch& scratch, std::string_view word,
                             std::vector<Piece>& out, std::int32_t id) {
  model.tokenize(word, scratch, out);  // appends the pieces of the word, which is UTF-8 and not empty
  { model.id_of(word) } -> std::same_as<std::optional<std::int32_t>>;
  { model.token_of(id) } -> std::same_as<std::optional<std::string_view>>;  // none: no such id
  { model.size() } -> std::convertible_to<std::size_t>;                     // of the vocabulary
};

}  // namespace tuneit::text
