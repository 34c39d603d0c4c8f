#pragma once
// What is a .model file of SentencePiece as a tokeniser?
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/files/sentencepiece_model.hpp"
#include "tuneit/text/normal/charsmap.hpp"
#include "tuneit/text/normal/sentencepiece_normalizer.hpp"
#include "tuneit/text/tokenizer/pipeline.hpp"

namespace tuneit::text {

/// The pipeline that does what SentencePiece's own `encode` does: the longest rules of the charsmap, then one model
/// over the whole text. No special tokens are added, and control pieces in a text are text. A tokenizer.json that was
/// made of the file can give other tokens: its Precompiled looks at grapheme clusters, its ids may be shifted. Throws
/// Error(Data), as parse_sentencepiece_model and Charsmap.
[[nodiscard]] inline Pipeline sentencepiece_pipeline(std::string_view bytes, const std::string& name) {
  SentencePieceModel model = parse_sentencepiece_model(bytes, name);
  SentencePieceNormalizer normalizer;
  if (!model.charsmap.empty()) normalizer.rules = std::make_shared<const Charsmap>(model.charsmap, name);
  std::vector<std::string> symbols;
  for (std::size_t i = 0; i < model.pieces.size(); ++i)
    if (model.types[i] == PieceType::UserDefined) symbols.push_back(model.pieces[i]);
  if (!symbols.empty()) normalizer.verbatim = std::make_shared<const LongestMatch>(std::move(symbols));
  normalizer.add_dummy_prefix = model.add_dummy_prefix;
  normalizer.remove_extra_whitespaces = model.remove_extra_whitespaces;
  normalizer.escape_whitespaces = model.escape_whitespaces;
  normalizer.treat_whitespace_as_suffix = model.treat_whitespace_as_suffix;
  const bool prepends = model.add_dummy_prefix && !model.treat_whitespace_as_suffix;
  const bool unigram = model.type == SentencePieceModel::Type::Unigram;
  Pipeline pipeline{{std::move(normalizer)},
                    {},
                    unigram ? Model(SentencePieceUnigram(std::move(model))) : Model(SentencePieceBpe(std::move(model))),
                    {},
                    {},
                    {ByteFallbackDecoder{}, MetaspaceDecoder{U'\u2581', prepends}}};
  return pipeline;
}

}  // namespace tuneit::text
