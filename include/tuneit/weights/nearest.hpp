#pragma once
// Which of these names did the author of that name probably mean? The edit distance decides.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tuneit::weights {

/// Levenshtein distance: insertions, deletions and replacements of one character. Stops counting above `most`.
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b,
                                               std::size_t most = SIZE_MAX - 1) {
  if (a.size() < b.size()) std::swap(a, b);
  if (a.size() - b.size() > most) return most + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0], least = row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t here = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = row[j];
      least = std::min(least, row[j] = here);
    }
    if (least > most) return most + 1;
  }
  return row[b.size()];
}

/// The candidate nearest to `name`, if at most a third of its characters differ; else an empty text. The first of
/// several equally near ones. Looks at no more than 4000 candidates, so that a hostile file cannot make it slow.
[[nodiscard]] inline std::string_view nearest_name(std::string_view name,
                                                   const std::vector<std::string_view>& candidates) {
  std::size_t best = std::max<std::size_t>(2, name.size() / 3);
  std::string_view found;
  for (std::size_t i = 0; i < std::min<std::size_t>(candidates.size(), 4000); ++i) {
    const std::size_t distance = edit_distance(name, candidates[i], best);
    if (distance > best || (distance == best && !found.empty())) continue;
    best = distance;
    found = candidates[i];
  }
  return found;
}

}  // namespace tuneit::weights
