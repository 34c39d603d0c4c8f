#pragma once
// WordPiece: which are the longest tokens of which a word is made, from left to right?
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/pieces/byte_trie.hpp"
#include "tuneit/text/pieces/piece.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"
#include "tuneit/text/pieces/word_cache.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The model of BERT (Schuster and Nakajima 2012; Wu et al. 2016): at each place of the word the longest token of the
/// vocabulary, behind the first one with `prefix` in front. Where there is none, or in a word of more than `max_chars`
/// code points, the whole word is one unknown token. A walk of a trie for each piece.
class WordPiece : public HasVocabulary {
 public:
  using Scratch = WordCache;

  /// Throws Error(Data) if the vocabulary lacks the unknown token. `name`: what holds it, for messages.
  explicit WordPiece(Vocabulary vocabulary, const std::string& unknown = "[UNK]", std::string prefix = "##",
                     std::size_t max_chars = 100, const std::string& name = "WordPiece")
      : HasVocabulary(std::move(vocabulary)), prefix_(std::move(prefix)), max_chars_(max_chars) {
    const std::optional<std::int32_t> id = vocabulary_.id_of(unknown);
    if (!id)
      throw Error(ErrorKind::Data, name + ": the vocabulary lacks the unknown token " + io::quote(unknown),
                  "Is this the vocabulary of that model?");
    unknown_ = *id;
    const std::vector<std::string>& tokens = vocabulary_.tokens();
    for (std::size_t i = 0; i < tokens.size(); ++i) trie_.add(tokens[i], static_cast<std::int32_t>(i));
    inner_ = ByteTrie::root;
    for (const char c : prefix_)
      if (inner_ != ByteTrie::none) inner_ = trie_.step(inner_, c);
  }

  void tokenize(std::string_view word, Scratch& scratch, std::vector<Piece>& out) const {
    const WordCache::Key key(word);
    if (scratch.find(key, out)) return;
    const std::size_t before = out.size();
    if (!cut(word, out)) {
      out.resize(before);
      out.push_back({unknown_, 0, static_cast<std::uint32_t>(word.size())});
    }
    scratch.keep(key, out.data() + before, out.size() - before);
  }
  [[nodiscard]] std::int32_t unknown_id() const noexcept { return unknown_; }

 private:
  bool cut(std::string_view word, std::vector<Piece>& out) const {
    if (word.size() > max_chars_ && code_points_in(word) > max_chars_) return false;
    for (std::size_t begin = 0; begin < word.size();) {
      std::uint32_t node = begin == 0 ? ByteTrie::root : inner_;
      std::size_t end = begin;
      std::int32_t id = -1;
      for (std::size_t at = begin; at < word.size() && node != ByteTrie::none;) {
        node = trie_.step(node, word[at++]);
        if (node != ByteTrie::none && trie_.value(node) >= 0) {
          id = trie_.value(node);
          end = at;
        }
      }
      if (id < 0) return false;
      out.push_back({id, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
      begin = end;
    }
    return true;
  }

  std::string prefix_;
  std::size_t max_chars_;
  std::int32_t unknown_ = 0;
  ByteTrie trie_;
  std::uint32_t inner_ = ByteTrie::none;  ///< the node behind the prefix
};
static_assert(WordModel<WordPiece>);

}  // namespace tuneit::text
