#pragma once
// Byte-pair encoding: which merges lead from characters to tokens?
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/pieces/byte_tokens.hpp"
#include "tuneit/text/pieces/merge_word.hpp"
#include "tuneit/text/pieces/piece.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"
#include "tuneit/text/pieces/word_cache.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// How a Bpe treats characters; the names are those of tokenizer.json.
struct BpeOptions {
  std::optional<std::string> unk_token;   ///< for characters that are no token; without one they vanish
  std::string continuing_subword_prefix;  ///< of each character but the word's first
  std::string end_of_word_suffix;         ///< of the word's last character (CLIP: "</w>")
  bool fuse_unk = false;                  ///< several unknown characters side by side are one token
  bool byte_fallback = false;             ///< an unknown character becomes the tokens <0x00> to <0xFF> of its bytes
  bool ignore_merges = false;             ///< a word that is a token is that token, without merges (Llama 3)
};

/// The model of GPT-2 and its kin (Sennrich et al. 2016): a word's characters, of which the adjacent pair whose merge
/// has the least rank, the leftmost of equal ones, becomes one token, until none merges. Byte-level or not depends on
/// the pre-tokeniser.
class Bpe : public HasVocabulary {
 public:
  using Merges = std::vector<std::pair<std::string, std::string>>;
  struct Scratch {
    WordCache cache;
    WordMerger merger;
    std::string symbol;
  };

  /// Merges in the order of their ranks. Throws Error(Data) where a part or the result of one is no token. `name`: what
  /// holds them, for messages.
  Bpe(Vocabulary vocabulary, const Merges& merges, BpeOptions options = {}, const std::string& name = "Bpe")
      : HasVocabulary(std::move(vocabulary)), options_(std::move(options)), bytes_(vocabulary_), name_(name) {
    few_ = options_.continuing_subword_prefix.empty();
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      const auto& [left, right] = merges[rank];
      const std::size_t prefix = options_.continuing_subword_prefix.size();
      if (right.size() < prefix) refuse(rank, right, "is shorter than the prefix of continued words");
      const std::string whole = left + right.substr(prefix);
      const std::int32_t a = id_in_merge(rank, left), b = id_in_merge(rank, right), to = id_in_merge(rank, whole);
      few_ = few_ && !left.empty() && !right.empty();
      table_.add(a, b, {static_cast<std::uint32_t>(rank), to});
    }
    for (std::size_t c = 0; c < character_ids_.size(); ++c)
      character_ids_[c] = vocabulary_.id_of(utf8_of(static_cast<char32_t>(c))).value_or(-1);
    if (options_.unk_token) unknown_ = vocabulary_.id_of(*options_.unk_token).value_or(-1);
    plain_ = options_.continuing_subword_prefix.empty() && options_.end_of_word_suffix.empty();
  }

  /// Throws Error(Data) at a character that is no token if the unknown token is none either.
  void tokenize(std::string_view word, Scratch& scratch, std::vector<Piece>& out) const {
    const WordCache::Key key(word);
    if (scratch.cache.find(key, out)) return;
    const std::size_t before = out.size();
    if (options_.ignore_merges)
      if (const auto id = vocabulary_.id_of(word)) {
        out.push_back({*id, 0, static_cast<std::uint32_t>(word.size())});
        return scratch.cache.keep(key, out.data() + before, 1);
      }
    WordMerger& merger = scratch.merger;
    merger.symbols.clear();
    if (!plain_ || !known_characters(word, merger.symbols)) characters(word, scratch);
    if (few_ && merger.symbols.size() <= kFew)
      merger.merge_few(table_);
    else
      merger.merge_many(table_);
    const auto size = static_cast<std::uint32_t>(word.size());
    std::uint32_t at = 0;
    for (const Symbol& symbol : merger.symbols) {
      const std::uint32_t end = std::min(size, at + symbol.bytes);  // bytes of a suffix are not in the word
      out.push_back({symbol.id, at, end});
      at = end;
    }
    scratch.cache.keep(key, out.data() + before, out.size() - before);
  }
  [[nodiscard]] const BpeOptions& options() const noexcept { return options_; }

 private:
  static constexpr std::size_t kFew = 32;  ///< symbols up to which looking at all pairs is the faster way

  // Characters that are tokens, as nearly all are; false at the first one that is none.
  bool known_characters(std::string_view word, std::vector<Symbol>& symbols) const {
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t begin = at;
      const char32_t c = next_code_point(word, at);
      const std::int32_t id = c < character_ids_.size()
                                  ? character_ids_[c]
                                  : vocabulary_.id_of(word.substr(begin, at - begin)).value_or(-1);
      if (id < 0) return false;
      symbols.push_back({id, static_cast<std::uint32_t>(at - begin)});
    }
    return true;
  }
  // Characters with prefix and suffix, known or not.
  void characters(std::string_view word, Scratch& scratch) const {
    std::vector<Symbol>& symbols = scratch.merger.symbols;
    symbols.clear();
    std::string& symbol = scratch.symbol;
    Symbol unknown;  // bytes 0: none waits
    const auto flush = [&] {
      if (unknown.bytes > 0) symbols.push_back(unknown);
      unknown.bytes = 0;
    };
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t begin = at;
      at += bytes_of_lead(word[at]);
      const auto bytes = static_cast<std::uint32_t>(at - begin);
      symbol.clear();
      if (begin > 0) symbol += options_.continuing_subword_prefix;
      symbol += word.substr(begin, bytes);
      if (at == word.size()) symbol += options_.end_of_word_suffix;
      if (const auto id = vocabulary_.id_of(symbol)) {
        flush();
        symbols.push_back({*id, bytes});
      } else if (options_.byte_fallback && bytes_.has_all(symbol)) {
        for (const char c : symbol) symbols.push_back({bytes_.id_of(c), 1});  // an unknown one that waits comes later
      } else if (options_.unk_token) {
        if (!options_.fuse_unk) flush();
        if (unknown_ < 0)
          throw Error(ErrorKind::Data, name_ + ": the vocabulary lacks " + io::quote(symbol, 40) +
                                           " and the unknown token " + io::quote(*options_.unk_token, 40));
        unknown = {unknown_, unknown.bytes + bytes};
      }
    }
    flush();
  }
  std::int32_t id_in_merge(std::size_t rank, const std::string& token) const {
    const auto id = vocabulary_.id_of(token);
    if (!id) refuse(rank, token, "is not in the vocabulary");
    return *id;
  }
  [[noreturn]] void refuse(std::size_t rank, const std::string& token, const std::string& what) const {
    throw Error(ErrorKind::Data,
                name_ + ": merge " + std::to_string(rank + 1) + " needs " + io::quote(token, 60) + ", which " + what,
                "Do the vocabulary and the merges belong to the same model?");
  }

  BpeOptions options_;
  ByteTokens bytes_;
  MergeTable table_;
  std::array<std::int32_t, 0x180> character_ids_{};  ///< of code points, the byte alphabet's among them; -1: no token
  std::int32_t unknown_ = -1;
  bool few_ = true;    ///< merge_few gives what merge_many gives: a token tells which characters it is made of
  bool plain_ = true;  ///< neither prefix nor suffix
  std::string name_;
};
static_assert(WordModel<Bpe>);

}  // namespace tuneit::text
