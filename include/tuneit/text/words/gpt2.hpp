#pragma once
// Where do the regular expressions end a word by which byte-level models cut texts? Scanners by hand: a regular
// expression from a file is never run.
#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "tuneit/text/unicode/letters.hpp"
#include "tuneit/text/unicode/utf8.hpp"
#include "tuneit/text/words/split_behavior.hpp"

namespace tuneit::text {

namespace detail {

/// Reads classes of code points one after the other.
struct LetterRuns {
  std::string_view text;
  const ClassTable<Letters>& classes = letters();

  /// The class of the code point at `at` < size, which moves behind it.
  [[nodiscard]] Letters next(std::size_t& at) const {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) return ++at, classes[byte];
    return classes[next_code_point(text, at)];
  }
  /// Behind the code points of this class at `at`, of which there are at most `most`.
  [[nodiscard]] std::size_t run(std::size_t at, Letters is, std::size_t most = ~std::size_t{0}) const {
    for (std::size_t ahead = at; at < text.size() && most > 0; at = ahead, --most)
      if (next(ahead) != is) break;
    return at;
  }
  /// Where \s+(?!\S)|\s+ ends that begins at `at`: the last space of several is left to what follows them.
  [[nodiscard]] std::size_t spaces(std::size_t at) const {
    const std::size_t end = run(at, Letters::Space);
    if (end == text.size()) return end;
    std::size_t last = end;
    do --last;
    while (!begins_code_point(text[last]));
    return last > at ? last : end;
  }
};

}  // namespace detail

/// The regular expression of GPT-2 and RoBERTa:
/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
struct Gpt2Pattern {
  /// The end of the match that begins at byte `at` < text.size(). Matches cover every text.
  [[nodiscard]] static std::size_t end_of(std::string_view text, std::size_t at) {
    const detail::LetterRuns runs{text};
    if (text[at] == '\'') {
      const std::string_view rest = text.substr(at + 1);
      if (!rest.empty() && std::string_view("stmd").find(rest[0]) != std::string_view::npos) return at + 2;
      if (rest.starts_with("re") || rest.starts_with("ve") || rest.starts_with("ll")) return at + 3;
    }
    std::size_t behind = at;
    const Letters first = runs.next(behind);
    if (first != Letters::Space) return runs.run(behind, first);
    if (text[at] == ' ' && behind < text.size()) {
      std::size_t second = behind;
      if (const Letters is = runs.next(second); is != Letters::Space) return runs.run(second, is);
    }
    return runs.spaces(at);
  }
};

/// The regular expression of cl100k, Llama 3 (3 digits) and Qwen2 (1 digit):
/// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
template <std::size_t Digits>
struct Cl100kPattern {
  /// The end of the match that begins at byte `at` < text.size(). Matches cover every text.
  [[nodiscard]] static std::size_t end_of(std::string_view text, std::size_t at) {
    const detail::LetterRuns runs{text};
    if (text[at] == '\'')
      if (const std::size_t end = contraction(text, at + 1); end > 0) return end;
    std::size_t behind = at;
    const Letters first = runs.next(behind);
    if (first == Letters::Letter) return runs.run(behind, first);
    if (first == Letters::Number) return runs.run(behind, first, Digits - 1);
    const bool line_end = text[at] == '\n' || text[at] == '\r';
    std::size_t second = behind;
    const Letters next = behind < text.size() ? runs.next(second) : Letters::Space;
    if (!line_end && next == Letters::Letter) return runs.run(second, next);
    if (first == Letters::Other || (text[at] == ' ' && next == Letters::Other)) {
      std::size_t end = runs.run(first == Letters::Other ? behind : second, Letters::Other);
      while (end < text.size() && (text[end] == '\n' || text[end] == '\r')) ++end;
      return end;
    }
    const std::size_t end = runs.run(behind, Letters::Space);
    const std::size_t line = text.substr(at, end - at).find_last_of("\r\n");
    return line != std::string_view::npos ? at + line + 1 : runs.spaces(at);
  }

 private:
  // Behind a contraction whose letters begin at `at`; 0: there is none. A long s (U+017F) is an s of either case.
  static std::size_t contraction(std::string_view text, std::size_t at) {
    if (text.substr(at).starts_with("\xC5\xBF")) return at + 2;
    const auto lower = [&](std::size_t i) {
      const char c = i < text.size() ? text[i] : '\0';
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    };
    const char a = lower(at), b = lower(at + 1);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return at + 1;
    if (((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l')) return at + 2;
    return 0;
  }
};

/// Appends all matches of a pattern in a word; they cover it.
template <class Pattern>
void scan_all(std::string_view word, std::vector<Match>& out) {
  for (std::size_t begin = 0; begin < word.size();) {
    const std::size_t end = Pattern::end_of(word, begin);
    out.push_back({begin, end, true});
    begin = end;
  }
}

/// The scanner of a known regular expression; nothing: it is not known.
[[nodiscard]] inline void (*scanner_of_words(std::string_view expression))(std::string_view, std::vector<Match>&) {
  if (expression == R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)")
    return scan_all<Gpt2Pattern>;
  constexpr std::string_view begin = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?)",
                             letters_then = R"(\p{L}+|\p{N})",
                             end = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
                             old_end = R"(| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
  if (!expression.starts_with(begin)) return nullptr;
  expression.remove_prefix(begin.size());
  if (expression.starts_with('+')) expression.remove_prefix(1);  // cl100k's own text has possessive quantifiers
  if (!expression.starts_with(letters_then)) return nullptr;
  expression.remove_prefix(letters_then.size());
  const bool three = expression.starts_with("{1,3}");
  if (three) expression.remove_prefix(5);
  if (expression != end && expression != old_end) return nullptr;
  return three ? scan_all<Cl100kPattern<3>> : scan_all<Cl100kPattern<1>>;
}

}  // namespace tuneit::text
