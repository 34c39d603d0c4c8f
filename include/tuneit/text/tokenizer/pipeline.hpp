#pragma once
// The way of a text to tokens: added tokens, normalisers, pre-tokenisers, model.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/text/normal/bert_normalizer.hpp"
#include "tuneit/text/normal/edits.hpp"
#include "tuneit/text/normal/nmt.hpp"
#include "tuneit/text/normal/precompiled.hpp"
#include "tuneit/text/normal/sentencepiece_normalizer.hpp"
#include "tuneit/text/normal/unicode_forms.hpp"
#include "tuneit/text/pieces/bpe.hpp"
#include "tuneit/text/pieces/sentencepiece_bpe.hpp"
#include "tuneit/text/pieces/sentencepiece_unigram.hpp"
#include "tuneit/text/pieces/unigram.hpp"
#include "tuneit/text/pieces/wordpiece.hpp"
#include "tuneit/text/tokenizer/added_tokens.hpp"
#include "tuneit/text/tokenizer/bert_ascii.hpp"
#include "tuneit/text/tokenizer/decoders.hpp"
#include "tuneit/text/tokenizer/growth.hpp"
#include "tuneit/text/tokenizer/post_processor.hpp"
#include "tuneit/text/tokenizer/token_run.hpp"
#include "tuneit/text/words/byte_level.hpp"
#include "tuneit/text/words/class_words.hpp"
#include "tuneit/text/words/fixed_length.hpp"
#include "tuneit/text/words/metaspace.hpp"
#include "tuneit/text/words/split_words.hpp"
#include "tuneit/text/words/words.hpp"

namespace tuneit::text {

/// All that there are of each kind. A Sequence of a file is several of them, one after the other.
using Normalizer = std::variant<BertNormalizer, UnicodeNormalizer, LowercaseNormalizer, StripAccentsNormalizer,
                                ReplaceNormalizer, PrependNormalizer, StripNormalizer, PrecompiledNormalizer,
                                NmtNormalizer, ByteLevelNormalizer, SentencePieceNormalizer>;
using PreTokenizer = std::variant<BertWords, WhitespaceSplitWords, WhitespaceWords, PunctuationWords, DigitsWords,
                                  SplitWords, ByteLevel, Metaspace, FixedLengthWords>;
using Model = std::variant<WordPiece, Bpe, Unigram, SentencePieceUnigram, SentencePieceBpe>;

/// What a tokenizer.json describes.
struct Pipeline {
  std::vector<Normalizer> normalizers;
  std::vector<PreTokenizer> pre_tokenizers;
  Model model;
  AddedTokens added;
  PostProcessor post_processor;
  std::vector<Decoder> decoders;
};

/// What a text, and what normalisers and pre-tokenisers make of it, may have: places in it have 32 bits.

namespace detail {

/// The memory of one thread: of no influence on results.
template <class M>
struct PipelineScratch {
  Words words, part;
  std::vector<Piece> pieces;
  std::string lower;
  typename M::Scratch model;
};

/// One way through a pipeline with this model: appends the tokens of texts to a run.
template <class M>
class PipelineRun {
 public:
  PipelineRun(const Pipeline& pipeline, const M& model, PipelineScratch<M>& scratch, bool specials_are_text)
      : pipeline_(pipeline), model_(model), scratch_(scratch), specials_are_text_(specials_are_text) {
    if (pipeline.normalizers.size() == 1 && pipeline.pre_tokenizers.size() == 1 && !pipeline.added.any_normalized() &&
        std::holds_alternative<BertWords>(pipeline.pre_tokenizers.front()))
      if (const auto* bert = std::get_if<BertNormalizer>(&pipeline.normalizers.front())) ascii_.emplace(*bert);
  }

  /// Tokens of a text. Words are counted from 0, or all have the number `word`. Throws Error(Data) where the steps of a
  /// file make more of it than 1 GiB, or than 1,024 times its size and 1 MiB.
  void add(std::string_view text, TokenRun& run, std::int32_t word = -1) {
    run_ = &run;
    counts_ = word < 0;
    word_ = counts_ ? 0 : word;
    text_ = text;
    pipeline_.added.cut(
        text, false, specials_are_text_, [&](std::size_t begin, std::size_t end) { plain(begin, end); },
        [&](std::size_t begin, std::size_t end, const AddedToken& token) {
          found({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, token);
        });
  }

 private:
  void found(ByteSpan bytes, const AddedToken& token) {
    run_->push_back({token.id, bytes, word_});
    next_word();
  }
  void next_word() {
    if (counts_) ++word_;
  }
  void check_size(const NormalText& text) const {
    check_growth(text.text().size(), text_.size(), "normalisers and pre-tokenisers");
  }
  void plain(std::size_t begin, std::size_t end) {
    const std::string_view piece = text_.substr(begin, end - begin);
    if (ascii_ && ascii_->takes(piece)) return fast(piece, static_cast<std::uint32_t>(begin));
    Words& words = scratch_.words;
    words.text.assign(piece, static_cast<std::uint32_t>(begin));
    for (const Normalizer& n : pipeline_.normalizers) {
      std::visit([&](const auto& f) { f(words.text); }, n);
      check_size(words.text);
    }
    if (!pipeline_.added.any_normalized()) {
      words.whole();
      return tokenize(words);
    }
    pipeline_.added.cut(
        words.text.text(), true, specials_are_text_,
        [&](std::size_t from, std::size_t to) {
          const bool all = from == 0 && to == words.text.text().size();
          scratch_.part.text = all ? words.text : words.text.slice(from, to);
          scratch_.part.whole();
          tokenize(scratch_.part);
        },
        [&](std::size_t from, std::size_t to, const AddedToken& token) {
          found(words.text.original_of(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)), token);
        });
  }
  void tokenize(Words& words) {
    for (const PreTokenizer& p : pipeline_.pre_tokenizers) {
      std::visit([&](const auto& f) { f(words); }, p);
      check_size(words.text);
    }
    for (const Word& w : words.words) {
      scratch_.pieces.clear();
      model_.tokenize(words.text_of(w), scratch_.model, scratch_.pieces);
      for (const Piece& p : scratch_.pieces)
        run_->push_back({p.id, words.text.original_of(w.begin + p.begin, w.begin + p.end), word_});
      next_word();
    }
  }
  void fast(std::string_view piece, std::uint32_t from) {
    ascii_->words(piece, scratch_.lower, [&](std::string_view word, std::size_t at) {
      scratch_.pieces.clear();
      model_.tokenize(word, scratch_.model, scratch_.pieces);
      const std::uint32_t begin = from + static_cast<std::uint32_t>(at);
      for (const Piece& p : scratch_.pieces) run_->push_back({p.id, {begin + p.begin, begin + p.end}, word_});
      next_word();
    });
  }

  const Pipeline& pipeline_;
  const M& model_;
  PipelineScratch<M>& scratch_;
  bool specials_are_text_;
  std::optional<BertAscii> ascii_;
  TokenRun* run_ = nullptr;
  std::string_view text_;
  bool counts_ = true;
  std::int32_t word_ = 0;
};

}  // namespace detail

}  // namespace tuneit::text
