#pragma once
// Unigram language model: which tokens are the likeliest of which a word is made?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/pieces/byte_tokens.hpp"
#include "tuneit/text/pieces/double_array.hpp"
#include "tuneit/text/pieces/piece.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"
#include "tuneit/text/pieces/word_cache.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The model of XLM-R, T5 and ALBERT (Kudo 2018) as tokenizers runs it: the tokens of the largest sum of scores, in
/// double precision from left to right; of equal sums the one whose last token begins first. A character that is no
/// token is unknown, for 10 less than the least score; unknown ones side by side are one token, or the tokens of their
/// bytes.
class Unigram : public HasVocabulary {
 public:
  struct Scratch {
    struct Node {
      double score = 0;
      std::uint32_t begin = 0;  ///< of the last token on the best way to here
      std::int32_t id = -1;     ///< that token; -1: no way leads here yet
    };
    WordCache cache;
    std::vector<Node> nodes;
    std::vector<Piece> path;
  };

  /// Scores in the order of the ids. Throws Error(Data) where there are not as many as tokens, one is not finite, or
  /// the unknown token's id is none of theirs. `name`: what holds them, for messages.
  Unigram(Vocabulary vocabulary, std::vector<double> scores, std::optional<std::int32_t> unk_id, bool byte_fallback,
          const std::string& name = "Unigram")
      : HasVocabulary(std::move(vocabulary)), trie_(vocabulary_.tokens()), scores_(std::move(scores)), name_(name) {
    if (scores_.size() != vocabulary_.size())
      throw Error(ErrorKind::Data, name + ": there are " + std::to_string(vocabulary_.size()) + " tokens and " +
                                       std::to_string(scores_.size()) + " scores");
    for (std::size_t i = 0; i < scores_.size(); ++i) {
      if (!(scores_[i] - scores_[i] == 0))
        throw Error(ErrorKind::Data,
                    name + ": the score of " + io::quote(vocabulary_.tokens()[i], 40) + " is not finite");
      least_ = std::min(least_, scores_[i]);
    }
    if (unk_id && (*unk_id < 0 || static_cast<std::size_t>(*unk_id) >= vocabulary_.size()))
      throw Error(ErrorKind::Data, name + ": unk_id is " + std::to_string(*unk_id) + ", but there are " +
                                       std::to_string(vocabulary_.size()) + " tokens");
    unknown_ = unk_id.value_or(-1);
    if (byte_fallback) bytes_ = ByteTokens(vocabulary_);
  }

  /// Throws Error(Data) at an unknown character if there is no unknown token.
  void tokenize(std::string_view word, Scratch& scratch, std::vector<Piece>& out) const {
    const WordCache::Key key(word);
    if (scratch.cache.find(key, out)) return;
    best_path(word, scratch);
    const std::size_t before = out.size();
    bool keep = true;
    for (std::size_t i = scratch.path.size(); i > 0;) {  // from the end, where the word begins
      const Piece& first = scratch.path[--i];
      if (first.id != unknown_) {
        out.push_back(first);
        continue;
      }
      std::uint32_t end = first.end;
      for (; i > 0 && scratch.path[i - 1].id == unknown_; --i) end = scratch.path[i - 1].end;
      const std::string_view all = word.substr(first.begin, end - first.begin);
      if (const auto id = vocabulary_.id_of(all)) {
        out.push_back({*id, first.begin, end});
      } else if (bytes_.has_all(all)) {
        for (const char c : all) out.push_back({bytes_.id_of(c), first.begin, end});
        keep = false;  // a cache holds pieces that lie side by side
      } else {
        out.push_back({unknown_, first.begin, end});
      }
    }
    if (keep) scratch.cache.keep(key, out.data() + before, out.size() - before);
  }

 private:
  // Viterbi: the tokens of the best way, the last one first, to scratch.path.
  void best_path(std::string_view word, Scratch& scratch) const {
    std::vector<Scratch::Node>& nodes = scratch.nodes;
    nodes.assign(word.size() + 1, {});
    for (std::size_t begin = 0; begin < word.size();) {
      const double so_far = nodes[begin].score;
      const std::size_t next = begin + bytes_of_lead(word[begin]);
      const auto offer = [&](std::size_t end, double score, std::int32_t id) {
        Scratch::Node& node = nodes[end];
        if (node.id < 0 || score > node.score) node = {score, static_cast<std::uint32_t>(begin), id};
      };
      bool single = false;  // a token is this one character
      std::uint32_t node = DoubleArray::root;
      for (std::size_t at = begin; at < word.size();) {
        node = trie_.step(node, word[at]);
        if (node == DoubleArray::none) break;
        ++at;
        const std::int32_t id = trie_.value(node);
        if (id < 0) continue;
        offer(at, scores_[static_cast<std::size_t>(id)] + so_far, id);
        single = single || at == next;
      }
      if (!single) {
        if (unknown_ < 0)
          throw Error(ErrorKind::Data, name_ + ": the vocabulary lacks " + io::quote(word.substr(begin, next - begin)) +
                                           " and an unknown token");
        offer(next, least_ - kUnknownPenalty + so_far, unknown_);
      }
      begin = next;
    }
    scratch.path.clear();
    for (std::size_t end = word.size(); end > 0; end = nodes[end].begin)
      scratch.path.push_back({nodes[end].id, nodes[end].begin, static_cast<std::uint32_t>(end)});
  }

  static constexpr double kUnknownPenalty = 10;
  DoubleArray trie_;
  std::vector<double> scores_;
  ByteTokens bytes_;
  double least_ = std::numeric_limits<double>::infinity();
  std::int32_t unknown_ = -1;
  std::string name_;
};
static_assert(WordModel<Unigram>);

}  // namespace tuneit::text
