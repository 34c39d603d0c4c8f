#pragma once
// The tokens of one text, before special tokens.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/text/unicode/offsets.hpp"

namespace tuneit::text {

/// A token: its id, the bytes of the original text that it stands for, and the number of its word.
struct Token {
  std::int32_t id = 0;
  ByteSpan bytes;
  std::int32_t word = 0;
};
using TokenRun = std::vector<Token>;

/// Tokens [begin, end) of a run; with `tail` > 0 the run's last `tail` ones behind them.
struct Window {
  std::size_t begin = 0, end = 0, tail = 0;
  [[nodiscard]] std::size_t size() const noexcept { return end - begin + tail; }
};

}  // namespace tuneit::text
