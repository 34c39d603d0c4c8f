#pragma once
// How are many things that are wrong with one file said in one message?
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tuneit::io {

/// One list of a message under its title, "3 tensors are missing:"; cut at 12 lines, counted to the end.
struct Complaints {
  std::string one, many;
  std::vector<std::string> lines = {};
  std::size_t count = 0;

  void add(std::string line) {
    if (++count <= 12) lines.push_back(std::move(line));
  }
  [[nodiscard]] std::string title() const { return std::to_string(count) + " " + (count == 1 ? one : many); }
  [[nodiscard]] std::string text() const {
    std::string out = "\n  " + title() + ":";
    for (const std::string& line : lines) out += "\n    " + line;
    if (count > lines.size()) out += "\n    and " + std::to_string(count - lines.size()) + " more";
    return out;
  }
};

}  // namespace tuneit::io
