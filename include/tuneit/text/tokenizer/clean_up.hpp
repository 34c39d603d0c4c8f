#pragma once
// How is a space before English punctuation taken back?
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tuneit::text {

/// Each occurrence of `from`, from left to right, becomes `to`. `from` is not empty.
inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  if (at == std::string::npos) return;
  std::string made;
  std::size_t kept = 0;
  for (; at != std::string::npos; at = text.find(from, kept)) {
    made.append(text, kept, at - kept).append(to);
    kept = at + from.size();
  }
  text = made.append(text, kept);
}

/// No space before punctuation and English contractions, as the cleanup of tokenizers' decoders does it.
inline void clean_up(std::string& token) {
  constexpr std::pair<std::string_view, std::string_view> all[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : all) replace_all(token, from, to);
}

}  // namespace tuneit::text
