#pragma once
// Which tokens stay if a text, or a pair, is longer than it may be?
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/text/tokenizer/token_run.hpp"

namespace tuneit::text {

/// Of a pair: the longer one is cut, or both alike; or always that one.
enum class TruncationStrategy { LongestFirst, OnlyFirst, OnlySecond };
/// The end that is cut off.
enum class Direction { Right, Left };

/// How long may an encoding be, and what is cut?
struct Truncation {
  std::size_t max_length = 512;  ///< tokens, special ones among them
  TruncationStrategy strategy = TruncationStrategy::LongestFirst;
  Direction direction = Direction::Right;
  bool overflow = false;   ///< keep what is cut, as Encoding::overflowing
  std::size_t stride = 0;  ///< with overflow: tokens that a part shares with the one before it
  /// Not 0: of a text that is too long its first `head` tokens stay and as many of the last as fit (Sun et al. 2019,
  /// "How to Fine-Tune BERT for Text Classification?", with 128 of 510). Not for pairs, nor with overflow.
  std::size_t head = 0;
};

/// What stays of each text: the first window is the encoding's, the others overflow.
struct Truncated {
  std::vector<Window> first, second;
};

namespace detail {

[[noreturn]] inline void refuse_truncation(const std::string& what, const std::string& mend) {
  throw Error(ErrorKind::Usage, what, mend);
}

/// The parts of n tokens of at most `most` each.
[[nodiscard]] inline std::vector<Window> parts_of(std::size_t n, std::size_t most, const Truncation& t) {
  if (n <= most) return {{0, n, 0}};
  if (most == 0) return t.overflow ? std::vector<Window>{{0, 0, 0}, {0, n, 0}} : std::vector<Window>{{0, 0, 0}};
  if (t.head > 0) {
    const std::size_t head = std::min(t.head, most);
    return {{0, head, most - head}};
  }
  if (t.overflow && t.stride >= most)
    refuse_truncation("a stride of " + std::to_string(t.stride) + " tokens in parts of " + std::to_string(most) +
                          " (max_length without special tokens) never comes to the end",
                      "Make the stride smaller than that.");
  std::vector<Window> parts;
  for (std::size_t cut = 0;; cut += most - t.stride) {  // what lies before the part, from the end that stays
    const std::size_t stop = std::min(cut + most, n);
    parts.push_back(t.direction == Direction::Right ? Window{cut, stop, 0} : Window{n - stop, n - cut, 0});
    if (stop == n || !t.overflow) return parts;
  }
}

}  // namespace detail

/// Cuts a text of n1 tokens, or a pair of n1 and n2, as tokenizers does. `specials`: how many special tokens come on
/// top. Throws Error(Usage): max_length below the number of specials; a stride that never comes to the end; a strategy
/// that would leave nothing of its text, or names a second text where there is none; overflow of a pair with
/// LongestFirst.
[[nodiscard]] inline Truncated truncate(const Truncation& t, std::size_t specials, std::size_t n1,
                                        std::optional<std::size_t> second) {
  using namespace detail;
  if (t.max_length < specials)
    refuse_truncation("max_length is " + std::to_string(t.max_length) + ", less than the " + std::to_string(specials) +
                          " special tokens of an encoding",
                      "Make it longer, or add no special tokens.");
  const std::size_t most = t.max_length - specials, n2 = second.value_or(0);
  if (t.head > 0 && (second || t.overflow))
    refuse_truncation("head and tail are kept of single texts only, and without overflow", "Choose a strategy.");
  if (n1 + n2 <= most) return {{{0, n1, 0}}, {{0, n2, 0}}};
  if (most == 0) return {parts_of(n1, 0, t), second ? parts_of(n2, 0, t) : std::vector<Window>{{0, 0, 0}}};
  if (t.strategy == TruncationStrategy::LongestFirst) {
    if (!second) return {parts_of(n1, most, t), {{0, 0, 0}}};
    if (t.overflow)
      refuse_truncation("overflow of a pair is not offered where the longest is cut first",
                        "Cut OnlyFirst or OnlySecond.");
    std::size_t shorter = std::min(n1, n2), longer = shorter > most ? shorter : std::max(shorter, most - shorter);
    if (shorter + longer > most) {
      shorter = most / 2;
      longer = shorter + most % 2;
    }
    return {parts_of(n1, n1 > n2 ? longer : shorter, t), parts_of(n2, n1 > n2 ? shorter : longer, t)};
  }
  const bool cuts_first = t.strategy == TruncationStrategy::OnlyFirst;
  if (!cuts_first && !second)
    refuse_truncation("only the second text is to be cut, and there is one text", "Cut OnlyFirst.");
  const std::size_t other = cuts_first ? n2 : n1;
  if (other >= most)
    refuse_truncation(std::string("the ").append(cuts_first ? "second" : "first") + " text alone has " +
                          std::to_string(other) + " tokens, and " + std::to_string(most) +
                          " may be: nothing would be left",
                      "Cut the longest first.");
  if (cuts_first) return {parts_of(n1, most - n2, t), {{0, n2, 0}}};
  return {{{0, n1, 0}}, parts_of(n2, most - n1, t)};
}

}  // namespace tuneit::text
