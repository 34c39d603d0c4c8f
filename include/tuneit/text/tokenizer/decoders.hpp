#pragma once
// How do tokens become a text again?
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/text/tokenizer/clean_up.hpp"
#include "tuneit/text/tokenizer/growth.hpp"
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

namespace detail {

/// One decoder after the other. Those of a file may make strings longer again and again: see check_growth.
inline void run_decoders(const std::vector<Decoder>& decoders, std::vector<std::string>& tokens) {
  const auto size = [&] {
    std::size_t sum = 0;
    for (const std::string& token : tokens) sum += token.size();
    return sum;
  };
  const std::size_t before = decoders.empty() ? 0 : size();
  for (const Decoder& d : decoders) {
    std::visit([&](const auto& f) { f(tokens); }, d);
    check_growth(size(), before, "decoders");
  }
}

}  // namespace detail

}  // namespace tuneit::text
