#pragma once
// How does tokenizers apply SentencePiece's charsmap?
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/normal/charsmap.hpp"
#include "tuneit/text/normal/normal_text.hpp"
#include "tuneit/text/unicode/graphemes.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The normaliser Precompiled: of a grapheme cluster of less than 6 bytes the shortest rule that it begins with
/// replaces all of it; where there is none, and in larger clusters, each code point is replaced alone. SentencePiece
/// itself takes the longest rule of the bytes that follow (SentencePieceNormalizer).
class PrecompiledNormalizer {
 public:
  /// Throws Error(Data), as Charsmap does.
  explicit PrecompiledNormalizer(std::string_view charsmap, const std::string& name = "the normaliser Precompiled")
      : rules_(std::make_shared<const Charsmap>(charsmap, name)) {}

  void operator()(NormalText& text) const {
    const std::string_view old = text.text();
    std::size_t plain = 0;
    while (plain < old.size() && is_plain(old[plain])) ++plain;
    if (plain == old.size()) return;
    std::vector<CharChange> now;
    now.reserve(old.size());
    bool modified = false;
    const GraphemeEnds ends(old);
    for (std::size_t at = 0; at < old.size();) {
      if (is_plain(old[at]) && (at + 1 == old.size() || is_ascii(old[at + 1]))) {  // a cluster by itself, or CR LF
        now.push_back({static_cast<unsigned char>(old[at++]), 0});
        continue;
      }
      const std::size_t end = ends.end_of(at);
      if (end - at < 6) {
        if (const auto rule = rules_->shortest(old.substr(at, end - at))) {
          replace(now, old.substr(at, end - at), rule->replacement);
          modified = true;
          at = end;
          continue;
        }
      }
      while (at < end) {
        const std::size_t from = at;
        const char32_t c = next_code_point(old, at);
        if (const auto rule = rules_->shortest(old.substr(from, at - from))) {
          replace(now, old.substr(from, at - from), rule->replacement);
          modified = true;
        } else {
          now.push_back({c, 0});
        }
      }
    }
    if (modified) text.transform(now);
  }

 private:
  static bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
  [[nodiscard]] bool is_plain(char c) const { return is_ascii(c) && !rules_->begins_with(c); }
  // What becomes longer has insertions at its end; what becomes shorter takes the rest with its last code point, or the
  // one before it if nothing is left.
  static void replace(std::vector<CharChange>& now, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; at < to.size();) now.push_back({next_code_point(to, at), 0});
    const auto more =
        static_cast<std::ptrdiff_t>(code_points_in(to)) - static_cast<std::ptrdiff_t>(code_points_in(from));
    for (std::ptrdiff_t i = 0; i < more; ++i) now[now.size() - 1 - static_cast<std::size_t>(i)].change = 1;
    if (more < 0 && !now.empty()) now.back().change += static_cast<int>(more);
  }

  std::shared_ptr<const Charsmap> rules_;
};

}  // namespace tuneit::text
