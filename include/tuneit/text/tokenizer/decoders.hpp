#pragma once
// How do tokens become a text again?
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

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
      if (cleanup) clean(token);
    }
  }

 private:
  static void clean(std::string& token) {
    constexpr std::pair<std::string_view, std::string_view> all[] = {
        {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
        {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (const auto& [from, to] : all) {
      std::size_t at = token.find(from);
      if (at == std::string::npos) continue;
      std::string made;
      std::size_t kept = 0;
      for (; at != std::string::npos; at = token.find(from, kept)) {
        made.append(token, kept, at - kept).append(to);
        kept = at + from.size();
      }
      token = made.append(token, kept);
    }
  }
};

/// A decoder is a type D with `void operator()(std::vector<std::string>& tokens) const`. The text is what all tokens
/// are, one behind the other; without a decoder there are spaces between them.
using Decoder = std::variant<WordPieceDecoder>;

}  // namespace tuneit::text
