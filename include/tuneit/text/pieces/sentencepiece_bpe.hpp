#pragma once
// Byte-pair encoding as SentencePiece itself runs it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tuneit/text/pieces/piece.hpp"
#include "tuneit/text/pieces/sentencepiece_ids.hpp"
#include "tuneit/text/pieces/word_cache.hpp"
#include "tuneit/text/unicode/longest_match.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The model 'bpe' of a .model file (bpe_model.cc of SentencePiece 0.2): of all adjacent parts whose join is a piece
/// those of the best score, the leftmost of equal ones, are joined, until none is left; user-defined symbols are never
/// joined, and unused pieces fall apart again. Where no piece has a space but at its beginning, words are cut on their
/// own, and remembered.
class SentencePieceBpe : public SentencePieceWords {
 public:
  struct Scratch {
    struct Part {
      std::uint32_t begin = 0, end = 0;      ///< begin == end: joined to another
      std::uint32_t previous = 0, next = 0;  ///< not below the number of parts: none
      bool frozen = false;
    };
    struct Pair {
      float score = 0;
      std::uint32_t left = 0, right = 0, size = 0;
      friend bool operator<(const Pair& a, const Pair& b) {
        return a.score < b.score || (a.score == b.score && a.left > b.left);
      }
    };
    WordCache cache;
    std::vector<Part> parts;
    std::vector<Pair> pairs;  ///< a heap
    std::vector<Piece> pieces;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> unused;  ///< pieces that fall apart, the next one last
    std::unordered_map<std::string_view, std::uint32_t> cuts;     ///< where the left part of an unused piece ended
  };

  explicit SentencePieceBpe(SentencePieceModel model) : SentencePieceWords(std::move(model)) {
    std::vector<std::string> symbols;
    for (std::size_t i = 0; i < ids_.vocabulary().size(); ++i) {
      const PieceType type = ids_.type(static_cast<std::int32_t>(i));
      if (type == PieceType::UserDefined) symbols.push_back(ids_.vocabulary().tokens()[i]);
      if (type == PieceType::Unused) has_unused_ = true;
    }
    frozen_ = std::make_unique<const LongestMatch>(std::move(symbols));
  }

  void tokenize(std::string_view text, Scratch& scratch, std::vector<Piece>& out) const {
    scratch.pieces.clear();
    each_word(text, [&](std::string_view word, std::uint32_t begin) { cut(word, scratch, begin); });
    ids_.finish(text, scratch.pieces.begin(), scratch.pieces.end(), out);
  }

 private:
  void cut(std::string_view word, Scratch& scratch, std::uint32_t from) const {
    const std::size_t before = scratch.pieces.size();
    const WordCache::Key key(word);
    if (!by_words_ || !scratch.cache.find(key, scratch.pieces)) {
      join(word, scratch);
      if (by_words_) scratch.cache.keep(key, scratch.pieces.data() + before, scratch.pieces.size() - before);
    }
    for (std::size_t i = before; i < scratch.pieces.size(); ++i) {
      scratch.pieces[i].begin += from;
      scratch.pieces[i].end += from;
    }
  }
  void join(std::string_view word, Scratch& s) const {
    s.parts.clear();
    s.pairs.clear();
    s.cuts.clear();
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t symbol = frozen_->bytes_at(word.substr(at));
      const std::size_t end = at + (symbol > 0 ? symbol : bytes_of_lead(word[at]));
      const auto i = static_cast<std::uint32_t>(s.parts.size());
      s.parts.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end), i - 1, i + 1, symbol > 0});
      at = end;
    }
    const auto n = static_cast<std::uint32_t>(s.parts.size());
    for (std::uint32_t i = 1; i < n; ++i) offer(word, s, i - 1, i);
    while (!s.pairs.empty()) {
      std::pop_heap(s.pairs.begin(), s.pairs.end());
      const Scratch::Pair top = s.pairs.back();
      s.pairs.pop_back();
      Scratch::Part &left = s.parts[top.left], &right = s.parts[top.right];
      if (left.begin == left.end || right.begin == right.end || right.end - left.begin != top.size) continue;
      left.end = right.end;
      left.next = right.next;
      if (right.next < n) s.parts[right.next].previous = top.left;
      right.end = right.begin;
      offer(word, s, left.previous, top.left);
      offer(word, s, top.left, left.next);
    }
    for (std::uint32_t i = 0; i < n; i = s.parts[i].next) emit(word, s, s.parts[i].begin, s.parts[i].end);
  }
  void offer(std::string_view word, Scratch& s, std::uint32_t left, std::uint32_t right) const {
    if (left >= s.parts.size() || right >= s.parts.size()) return;
    const Scratch::Part &a = s.parts[left], &b = s.parts[right];
    if (a.frozen || b.frozen) return;
    const std::string_view whole = word.substr(a.begin, b.end - a.begin);
    const std::int32_t id = ids_.find(whole);
    if (id < 0) return;
    s.pairs.push_back({ids_.score(id), left, right, b.end - a.begin});
    std::push_heap(s.pairs.begin(), s.pairs.end());
    if (has_unused_ && ids_.type(id) == PieceType::Unused) s.cuts[whole] = a.end - a.begin;
  }
  // A part as a piece; an unused one as those of which it was joined.
  void emit(std::string_view word, Scratch& s, std::uint32_t begin, std::uint32_t end) const {
    s.unused.assign(1, {begin, end});
    while (!s.unused.empty()) {
      const auto [b, e] = s.unused.back();
      s.unused.pop_back();
      const std::string_view text = word.substr(b, e - b);
      const std::int32_t id = ids_.find(text);
      if (id >= 0 && ids_.type(id) == PieceType::Unused)
        if (const auto at = s.cuts.find(text); at != s.cuts.end()) {
          s.unused.emplace_back(b + at->second, e);
          s.unused.emplace_back(b, b + at->second);
          continue;
        }
      s.pieces.push_back({id < 0 ? ids_.unknown() : id, b, e});
    }
  }

  std::unique_ptr<const LongestMatch> frozen_;
  bool has_unused_ = false;
};
static_assert(WordModel<SentencePieceBpe>);

}  // namespace tuneit::text
