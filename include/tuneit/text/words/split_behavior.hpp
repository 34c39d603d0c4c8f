#pragma once
// What becomes of what separates words?
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/unicode/utf8.hpp"
#include "tuneit/text/words/words.hpp"

namespace tuneit::text {

/// Of "the-final--countdown" at "-": Removed the final countdown; Isolated the - final - - countdown;
/// MergedWithPrevious the- final- - countdown; MergedWithNext the -final - -countdown; Contiguous the - final --
/// countdown.
enum class SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// Bytes [begin, end) of a word: a match of what is sought, or what is between two.
struct Match {
  std::size_t begin = 0, end = 0;
  bool is_match = false;
};

/// Calls emit(begin, end) for the parts of a word whose matches, which cover all of it, are these.
template <class Emit>
void split_at(const std::vector<Match>& matches, SplitBehavior behavior, Emit emit) {
  std::size_t begin = 0, end = 0;  // of the part that is not finished
  bool open = false, previous = false;
  const auto finish = [&] {
    if (open) emit(begin, end);
    open = false;
  };
  if (behavior == SplitBehavior::MergedWithNext) {  // from behind: who is first of a run of matches is joined
    std::vector<Match> parts;
    for (std::size_t i = matches.size(); i-- > 0; previous = matches[i].is_match)
      if (matches[i].is_match && !previous && !parts.empty())
        parts.back().begin = matches[i].begin;
      else
        parts.push_back(matches[i]);
    for (std::size_t i = parts.size(); i-- > 0;) emit(parts[i].begin, parts[i].end);
    return;
  }
  for (const Match& m : matches) {
    const bool joins = behavior == SplitBehavior::Contiguous           ? m.is_match == previous
                       : behavior == SplitBehavior::MergedWithPrevious ? m.is_match && !previous
                                                                       : false;
    if (!(joins && open)) {
      finish();
      begin = m.begin;
      open = !(behavior == SplitBehavior::Removed && m.is_match);
    }
    end = m.end;
    previous = m.is_match;
  }
  finish();
}

/// The matches of single code points c of which is(c) is true.
template <class Is>
void match_code_points(std::string_view word, std::vector<Match>& out, Is is) {
  out.clear();
  std::size_t kept = 0;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t begin = at;
    if (!is(next_code_point(word, at))) continue;
    if (kept < begin) out.push_back({kept, begin, false});
    out.push_back({begin, at, true});
    kept = at;
  }
  if (kept < word.size()) out.push_back({kept, word.size(), false});
}

}  // namespace tuneit::text
