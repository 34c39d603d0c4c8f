#pragma once
// How do tokens become a text again?
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/text/tokenizer/clean_up.hpp"
#include "tuneit/text/tokenizer/token_decoders.hpp"

namespace tuneit::text {

/// Pieces without their prefix behind the one before, all others behind a space; with `cleanup` no space before
/// punctuation and English contractions.
struct WordPieceDecoder {
  std::string prefix = "##";
  bool cleanup = true;

  void operator()(std::vector<std::string>& tokens) const {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i > 0) {
        if (token.starts_with(prefix))
          token.erase(0, prefix.size());
        else
          token.insert(token.begin(), ' ');
      }
      if (cleanup) clean_up(token);
    }
  }
};

/// A decoder is a type D with `void operator()(std::vector<std::string>& tokens) const`. The text is what all tokens
/// are, one behind the other; without a decoder there are spaces between them.
using Decoder = std::variant<WordPieceDecoder, ByteLevelDecoder, MetaspaceDecoder, BpeDecoder, FuseDecoder,
                             ByteFallbackDecoder, StripDecoder, ReplaceDecoder, CtcDecoder>;

}  // namespace tuneit::text
