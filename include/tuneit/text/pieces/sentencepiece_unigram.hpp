#pragma once
// Unigram as SentencePiece itself runs it.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/pieces/piece.hpp"
#include "tuneit/text/pieces/sentencepiece_ids.hpp"
#include "tuneit/text/pieces/word_cache.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The model 'unigram' of a .model file (EncodeOptimized in unigram_model.cc of SentencePiece, as release 0.2.3
/// computes; 0.2.1 compared in double): the pieces of the largest sum of scores over the whole text, which is kept in
/// single precision, so that near ties can go another way than in tokenizers; user-defined pieces are always preferred,
/// unused ones never taken.
///
/// Where no piece has a space but at its beginning, every way leads through the beginnings of words. The way through a
/// word is then remembered, with the sum up to which rounding cannot lead elsewhere: if the best sum in exact
/// arithmetic is better than any other by `gap` at each of its places, and each of n additions is wrong by 2^-24 of a
/// sum of at most |sum before| + n * |largest score|, then it is taken while 2 n 2^-24 (|sum before| + n |largest
/// score|) < gap.
class SentencePieceUnigram : public SentencePieceWords {
 public:
  template <class Real>
  struct Node {
    Real score = 0, second = 0;  ///< of the best way to here, and of the next best
    std::int32_t begin = -1;     ///< of the last piece on the best way; -1: no way leads here yet
    std::int32_t id = -1;
    bool others = false;  ///< there is a next best
  };
  struct Scratch {
    WordCache cache;  ///< of a word: a piece whose id has the bits of the limit, a float, then those of the way
    std::vector<Node<float>> nodes;
    std::vector<Node<double>> exact;
    std::vector<Piece> known, path;
  };

  explicit SentencePieceUnigram(SentencePieceModel model) : SentencePieceWords(std::move(model)) {
    for (std::size_t i = 0; i < ids_.vocabulary().size(); ++i) {
      const auto id = static_cast<std::int32_t>(i);
      const PieceType type = ids_.type(id);
      largest_ = std::max(largest_, std::abs(static_cast<double>(ids_.score(id))));
      if (type != PieceType::Normal) continue;
      least_ = std::min(least_, ids_.score(id));
      most_ = std::max(most_, ids_.score(id));
    }
    largest_ += static_cast<double>(kUnknownPenalty) + 1;
  }

  void tokenize(std::string_view text, Scratch& scratch, std::vector<Piece>& out) const {
    scratch.path.clear();
    float sum = 0;
    each_word(text, [&](std::string_view word, std::uint32_t begin) {
      const std::size_t before = scratch.path.size();
      if (!by_words_ || !remembered(word, sum, scratch)) {
        viterbi(word, sum, scratch.nodes);
        add_path(word, scratch.nodes, scratch.path);
      }
      for (std::size_t i = before; i < scratch.path.size(); ++i) {
        Piece& piece = scratch.path[i];
        sum += score_of(piece.id, piece.end - piece.begin);
        piece.begin += begin;
        piece.end += begin;
      }
    });
    ids_.finish(text, scratch.path.begin(), scratch.path.end(), out);
  }

 private:
  static constexpr float kUnknownPenalty = 10;

  [[nodiscard]] float score_of(std::int32_t id, std::size_t bytes) const noexcept {
    if (id == ids_.unknown()) return least_ - kUnknownPenalty;
    return ids_.type(id) == PieceType::UserDefined ? static_cast<float>(bytes) * most_ - 0.1F : ids_.score(id);
  }
  // Appends the way through the word if it is the same whatever is rounded on the way from `sum`.
  bool remembered(std::string_view word, float sum, Scratch& scratch) const {
    const WordCache::Key key(word);
    std::vector<Piece>& known = scratch.known;
    known.clear();
    if (!scratch.cache.find(key, known)) {
      viterbi(word, 0.0, scratch.exact);
      known.push_back({std::bit_cast<std::int32_t>(limit(word, scratch.exact)), 0, 0});
      add_path(word, scratch.exact, known);
      scratch.cache.keep(key, known.data(), known.size());
    }
    if (!(std::abs(sum) < std::bit_cast<float>(known.front().id))) return false;
    scratch.path.insert(scratch.path.end(), known.begin() + 1, known.end());
    return true;
  }
  [[nodiscard]] float limit(std::string_view word, const std::vector<Node<double>>& nodes) const {
    double gap = std::numeric_limits<double>::max();
    for (std::size_t at = word.size(); at > 0; at = static_cast<std::size_t>(nodes[at].begin))
      if (nodes[at].others) gap = std::min(gap, nodes[at].score - nodes[at].second);
    const auto n = static_cast<double>(word.size());
    const double most = gap / (2.1 * n) * 0x1p24 - n * largest_;
    return static_cast<float>(std::min(most, 1e30)) * 0.99F;
  }
  static void add_path(std::string_view word, const auto& nodes, std::vector<Piece>& path) {
    const std::size_t first = path.size();
    for (std::size_t end = word.size(); end > 0; end = static_cast<std::size_t>(nodes[end].begin))
      path.push_back({nodes[end].id, static_cast<std::uint32_t>(nodes[end].begin), static_cast<std::uint32_t>(end)});
    std::reverse(path.begin() + static_cast<std::ptrdiff_t>(first), path.end());
  }
  template <class Real>
  void viterbi(std::string_view text, Real sum, std::vector<Node<Real>>& nodes) const {
    nodes.assign(text.size() + 1, {});
    nodes[0].score = sum;
    const DoubleArray& trie = ids_.trie();
    for (std::size_t begin = 0; begin < text.size();) {
      const Real so_far = nodes[begin].score;
      const std::size_t next = begin + bytes_of_lead(text[begin]);
      const auto offer = [&](std::size_t end, std::int32_t id) {
        Node<Real>& node = nodes[end];
        const Real score = static_cast<Real>(score_of(id, end - begin)) + so_far;
        if (node.begin < 0 || score > node.score) {
          if constexpr (sizeof(Real) == 8) {
            node.others = node.begin >= 0;
            node.second = node.score;
          }
          node.score = score;
          node.begin = static_cast<std::int32_t>(begin);
          node.id = id;
        } else if constexpr (sizeof(Real) == 8) {
          node.second = node.others ? std::max(node.second, score) : score;
          node.others = true;
        }
      };
      bool single = false;  // a piece is this one character
      std::uint32_t node = DoubleArray::root;
      for (std::size_t at = begin; at < text.size();) {
        node = trie.step(node, text[at]);
        if (node == DoubleArray::none) break;
        ++at;
        const std::int32_t id = trie.value(node);
        if (id < 0 || ids_.type(id) == PieceType::Unused) continue;
        offer(at, id);
        single = single || at == next;
      }
      if (!single) offer(next, ids_.unknown());
      begin = next;
    }
  }

  float least_ = std::numeric_limits<float>::max();
  float most_ = std::numeric_limits<float>::min();  // the smallest above 0, as there
  double largest_ = 0;                              ///< no score is larger, but for its sign
};
static_assert(WordModel<SentencePieceUnigram>);

}  // namespace tuneit::text
