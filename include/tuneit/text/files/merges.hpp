#pragma once
// Which merges does a merges.txt hold?
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

inline constexpr std::size_t kMostMerges = 4'000'000;

/// The two tokens of a merge as old files write it, with one space between them; what is wrong, if it is none.
[[nodiscard]] inline const char* parse_merge(std::string_view line, std::pair<std::string, std::string>& merge) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return "has no space";
  if (line.find(' ', space + 1) != std::string_view::npos) return "has more than one space";
  if (space == 0 || space + 1 == line.size()) return "has a part without characters";
  merge = {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
  return nullptr;
}

/// The merges of a merges.txt in the order of their ranks: one a line, which LF or CRLF ends; lines that begin with
/// "#version" are passed over. Throws Error(Data) with `name:line` for text that is not UTF-8, a line that has no two
/// parts, and more than 4,000,000 merges.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> parse_merges(std::string_view text,
                                                                                   const std::string& name) {
  std::vector<std::pair<std::string, std::string>> merges;
  text = io::without_byte_order_mark(text);
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto refuse = [&, at = ++number](const std::string& what) {
      throw Error(ErrorKind::Data, name + ":" + std::to_string(at) + ": the merge " + io::quote(line, 60) + " " + what,
                  "A line of merges.txt is two tokens with one space between them.");
    };
    if (line.starts_with("#version")) continue;
    if (const std::size_t at = io::utf8_prefix(line); at != line.size())
      refuse("is not UTF-8 at its byte " + std::to_string(at));
    if (const char* wrong = parse_merge(line, merges.emplace_back())) refuse(wrong);
    if (merges.size() > kMostMerges) refuse("comes behind 4,000,000 others");
  }
  return merges;
}

}  // namespace tuneit::text
