#pragma once
// Normalisers that replace, put in front and strip.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/normal/normal_text.hpp"
#include "tuneit/text/unicode/classes.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// Every match becomes `content`, which stands for the match's last code point. A pattern is a string; of regular
/// expressions those are known that files have, none is ever run.
class ReplaceNormalizer {
 public:
  /// Replaces a string, which is not empty.
  ReplaceNormalizer(std::string pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  /// Replaces what a regular expression matches: ` {N,}` and ` +` (N spaces or more), `\s+`. Throws Error(Data) for
  /// others.
  static ReplaceNormalizer of_expression(std::string_view expression, std::string content) {
    ReplaceNormalizer made({}, std::move(content));
    if (expression == "\\s+")
      made.white_space_ = true;
    else if (expression == " +")
      made.least_ = 1;
    else if (expression.size() == 5 && expression.starts_with(" {") && expression.ends_with(",}") &&
             expression[2] >= '1' && expression[2] <= '9')
      made.least_ = static_cast<std::size_t>(expression[2] - '0');
    else
      throw Error(
          ErrorKind::Data,
          "a Replace normaliser has the regular expression " + io::quote(expression) + ", which tuneit does not know",
          "It knows ' {2,}', ' +' and '\\s+', and never runs an expression of a file.");
    return made;
  }

  void operator()(NormalText& text) const {
    const std::string_view from = text.text();
    std::string made;
    std::vector<ByteSpan> spans;
    std::size_t kept = 0;  // everything before it is in `made`
    const auto keep_to = [&](std::size_t end) {
      made += from.substr(kept, end - kept);
      spans.insert(spans.end(), text.spans().begin() + static_cast<std::ptrdiff_t>(kept),
                   text.spans().begin() + static_cast<std::ptrdiff_t>(end));
    };
    for (std::size_t at = 0; at < from.size();) {
      const std::size_t begin = pattern_.empty() ? at : from.find(pattern_, at);
      if (begin == std::string_view::npos) break;
      const std::size_t end = pattern_.empty() ? end_of_run(from, begin) : begin + pattern_.size();
      if (end == begin) {
        at = begin + bytes_of_lead(from[begin]);
        continue;
      }
      keep_to(begin);
      made += content_;
      spans.insert(spans.end(), content_.size(), text.spans()[end - 1]);
      at = kept = end;
    }
    if (kept == 0) return;
    keep_to(from.size());
    text.become(std::move(made), std::move(spans));
  }

 private:
  /// Where the run of what is sought ends that begins here; `at`: there is none, or none that is long enough.
  [[nodiscard]] std::size_t end_of_run(std::string_view text, std::size_t at) const {
    std::size_t end = at;
    if (!white_space_) {
      while (end < text.size() && text[end] == ' ') ++end;
      return end - at >= least_ ? end : at;
    }
    for (std::size_t next = at; next < text.size() && code_point_classes().any(next_code_point(text, next), kIsSpace);)
      end = next;
    return end;
  }

  std::string pattern_, content_;
  std::size_t least_ = 0;  ///< spaces
  bool white_space_ = false;
};

/// Puts a string in front of what is not empty.
struct PrependNormalizer {
  std::string before;
  void operator()(NormalText& text) const { text.prepend(before); }
};

/// Removes White_Space at the ends.
struct StripNormalizer {
  bool left = true, right = true;

  void operator()(NormalText& text) const {
    const CodePointClasses& classes = code_point_classes();
    const std::string_view from = text.text();
    std::size_t begin = 0, end = from.size();
    for (std::size_t next = 0; left && next < end && classes.any(next_code_point(from, next), kIsSpace);) begin = next;
    for (std::size_t next = end; right && next > begin && classes.any(previous_code_point(from, next), kIsSpace);)
      end = next;
    text.keep(begin, end);
  }
};

}  // namespace tuneit::text
