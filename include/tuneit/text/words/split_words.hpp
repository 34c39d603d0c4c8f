#pragma once
// A pre-tokeniser that cuts at a string, or at what a known regular expression matches.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/unicode/classes.hpp"
#include "tuneit/text/words/split_behavior.hpp"
#include "tuneit/text/words/words.hpp"

namespace tuneit::text {

/// Finds all matches of a word, and what is between them.
using Scanner = void (*)(std::string_view word, std::vector<Match>& out);

/// Split of tokenizers.
struct SplitWords {
  std::string pattern;        ///< a string, if there is no scanner
  Scanner scanner = nullptr;  ///< does what an expression says
  SplitBehavior behavior = SplitBehavior::Removed;
  bool invert = false;  ///< what is between matches is the match

  void operator()(Words& words) const {
    std::vector<Match> matches;
    words.split([&](std::string_view word, auto emit) {
      matches.clear();
      if (scanner != nullptr)
        scanner(word, matches);
      else
        find(word, matches);
      if (invert)
        for (Match& m : matches) m.is_match = !m.is_match;
      split_at(matches, behavior, emit);
    });
  }

 private:
  void find(std::string_view word, std::vector<Match>& out) const {
    std::size_t kept = 0;
    for (std::size_t at = word.find(pattern); at != std::string_view::npos; at = word.find(pattern, kept)) {
      if (kept < at) out.push_back({kept, at, false});
      kept = at + pattern.size();
      out.push_back({at, kept, true});
    }
    if (kept < word.size()) out.push_back({kept, word.size(), false});
  }
};

/// Runs of White_Space: `\s+`.
inline void scan_white_space(std::string_view word, std::vector<Match>& out) {
  const CodePointClasses& classes = code_point_classes();
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t begin = at;
    const bool space = classes.any(next_code_point(word, at), kIsSpace);
    if (!out.empty() && out.back().is_match == space)
      out.back().end = at;
    else
      out.push_back({begin, at, space});
  }
}

}  // namespace tuneit::text
