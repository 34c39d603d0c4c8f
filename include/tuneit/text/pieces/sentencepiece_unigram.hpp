#pragma once
// Unigram as SentencePiece itself runs it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/pieces/piece.hpp"
#include "tuneit/text/pieces/sentencepiece_ids.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The model 'unigram' of a .model file (unigram_model.cc of SentencePiece 0.2, EncodeOptimized): the pieces of the
/// largest sum of scores over the whole text, which is kept in single precision, so that near ties can go another way
/// than in tokenizers; user-defined pieces are always preferred, unused ones never taken.
class SentencePieceUnigram {
 public:
  struct Scratch {
    struct Node {
      float score = 0;
      std::int32_t begin = -1;  ///< of the last piece on the best way to here; -1: no way leads here yet
      std::int32_t id = -1;
    };
    std::vector<Node> nodes;
    std::vector<Piece> path;
  };

  explicit SentencePieceUnigram(SentencePieceModel model) : ids_(std::move(model)) {
    for (std::size_t i = 0; i < ids_.vocabulary().size(); ++i) {
      const auto id = static_cast<std::int32_t>(i);
      if (ids_.type(id) != PieceType::Normal) continue;
      least_ = std::min(least_, ids_.score(id));
      most_ = std::max(most_, ids_.score(id));
    }
  }

  void tokenize(std::string_view text, Scratch& scratch, std::vector<Piece>& out) const {
    std::vector<Scratch::Node>& nodes = scratch.nodes;
    nodes.assign(text.size() + 1, {});
    const DoubleArray& trie = ids_.trie();
    for (std::size_t begin = 0; begin < text.size();) {
      const float so_far = nodes[begin].score;
      const std::size_t next = begin + bytes_of_lead(text[begin]);
      const auto offer = [&](std::size_t end, double score, std::int32_t id) {
        Scratch::Node& node = nodes[end];
        if (node.begin < 0 || score > static_cast<double>(node.score))
          node = {static_cast<float>(score), static_cast<std::int32_t>(begin), id};
      };
      bool single = false;
      std::uint32_t node = DoubleArray::root;
      for (std::size_t at = begin; at < text.size();) {
        node = trie.step(node, text[at]);
        if (node == DoubleArray::none) break;
        ++at;
        const std::int32_t id = trie.value(node);
        if (id < 0 || ids_.type(id) == PieceType::Unused) continue;
        // as in C++ there: a float times a length, less a double
        const double score = ids_.type(id) == PieceType::UserDefined
                                 ? static_cast<double>(static_cast<float>(at - begin) * most_) - 0.1
                                 : static_cast<double>(ids_.score(id));
        offer(at, score + static_cast<double>(so_far), id);
        single = single || at == next;
      }
      if (!single) offer(next, static_cast<double>((least_ - kUnknownPenalty) + so_far), ids_.unknown());
      begin = next;
    }
    scratch.path.clear();
    for (std::size_t end = text.size(); end > 0; end = static_cast<std::size_t>(nodes[end].begin))
      scratch.path.push_back(
          {nodes[end].id, static_cast<std::uint32_t>(nodes[end].begin), static_cast<std::uint32_t>(end)});
    ids_.finish(text, scratch.path.rbegin(), scratch.path.rend(), out);
  }
  [[nodiscard]] std::optional<std::int32_t> id_of(std::string_view token) const {
    return ids_.vocabulary().id_of(token);
  }
  [[nodiscard]] std::optional<std::string_view> token_of(std::int32_t id) const {
    return ids_.vocabulary().token_of(id);
  }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.vocabulary().size(); }

 private:
  static constexpr float kUnknownPenalty = 10;
  SentencePieceIds ids_;
  float least_ = std::numeric_limits<float>::max();
  float most_ = std::numeric_limits<float>::min();  // the smallest above 0, as there
};
static_assert(WordModel<SentencePieceUnigram>);

}  // namespace tuneit::text
