#pragma once
// Which of a few strings is the longest that begins here?
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tuneit::text {

/// A small set of strings, none of them empty. A look costs as many comparisons as there are strings with that first
/// byte and lengths of theirs.
class LongestMatch {
 public:
  explicit LongestMatch(std::vector<std::string> strings) : strings_(std::move(strings)) {
    std::sort(strings_.begin(), strings_.end());
    for (const std::string& s : strings_) {
      std::vector<std::size_t>& sizes = sizes_[static_cast<unsigned char>(s.front())];
      if (std::find(sizes.begin(), sizes.end(), s.size()) == sizes.end()) sizes.push_back(s.size());
    }
    for (std::vector<std::size_t>& sizes : sizes_) std::sort(sizes.rbegin(), sizes.rend());
  }
  /// How many bytes the longest of the strings has that `text`, which is not empty, begins with; 0: none.
  [[nodiscard]] std::size_t bytes_at(std::string_view text) const {
    for (const std::size_t size : sizes_[static_cast<unsigned char>(text.front())])
      if (size <= text.size() && std::binary_search(strings_.begin(), strings_.end(), text.substr(0, size)))
        return size;
    return 0;
  }
  [[nodiscard]] bool empty() const noexcept { return strings_.empty(); }

 private:
  std::vector<std::string> strings_;                   ///< sorted
  std::array<std::vector<std::size_t>, 256> sizes_{};  ///< of strings with this first byte, the largest first
};

}  // namespace tuneit::text
