#pragma once
// Where does a grapheme cluster end?
#include <cstddef>
#include <span>
#include <string_view>

#include "tuneit/text/unicode/class_table.hpp"
#include "tuneit/text/unicode/grapheme_ranges.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The class of every code point; made when first asked for.
[[nodiscard]] inline const ClassTable<Grapheme>& graphemes() {
  static const ClassTable<Grapheme> all{
      std::span<const tables::graphemes::GraphemeRange>(tables::graphemes::kGraphemes)};
  return all;
}

/// Ends of extended grapheme clusters (UAX #29, rules GB3 to GB9c and GB11), for whoever looks at clusters of less than
/// 6 bytes: pairs of regional indicators (GB12, GB13), of 8 bytes, are not put together.
class GraphemeEnds {
 public:
  explicit GraphemeEnds(std::string_view text) : text_(text) {}

  /// Byte at which the cluster that begins at byte `at` < size ends.
  [[nodiscard]] std::size_t end_of(std::size_t at) const {
    Grapheme before = classes_[next_code_point(text_, at)];
    bool picture = before == Grapheme::Picture, joined_picture = false;  // Picture Extend* [Joiner]
    bool consonant = before == Grapheme::Consonant, linked = false;      // Consonant [Extend Linker]*
    bool lv = false, t = before == Grapheme::Trail;                      // what a syllable of Hangul ends with
    std::size_t here = at;
    if (before == Grapheme::Syllable) set_syllable(here, lv, t);
    while (here < text_.size()) {
      std::size_t next = here;
      const Grapheme now = classes_[next_code_point(text_, next)];
      if (!joins(before, now, lv, t, joined_picture, linked)) break;
      joined_picture = picture && now == Grapheme::Joiner;
      picture = now == Grapheme::Picture || (picture && is_extend(now));
      linked = consonant &&
               (now == Grapheme::Linker || (linked && (now == Grapheme::ConjunctExtend || now == Grapheme::Joiner)));
      consonant =
          now == Grapheme::Consonant ||
          (consonant && (now == Grapheme::Linker || now == Grapheme::ConjunctExtend || now == Grapheme::Joiner));
      lv = false;
      t = now == Grapheme::Trail;
      if (now == Grapheme::Syllable) set_syllable(next, lv, t);
      before = now;
      here = next;
    }
    return here;
  }

 private:
  static bool is_extend(Grapheme g) {
    return g == Grapheme::Extend || g == Grapheme::ConjunctExtend || g == Grapheme::Linker;
  }
  // A syllable is LV or LVT (Unicode 3.12): every 28th has no trailing consonant.
  void set_syllable(std::size_t end, bool& lv, bool& t) const {
    std::size_t at = end;
    lv = (previous_code_point(text_, at) - 0xAC00) % 28 == 0;
    t = !lv;
  }
  static bool joins(Grapheme a, Grapheme b, bool lv, bool t, bool joined_picture, bool linked) {
    const auto control = [](Grapheme g) { return g == Grapheme::Cr || g == Grapheme::Lf || g == Grapheme::Control; };
    if (a == Grapheme::Cr && b == Grapheme::Lf) return true;                               // GB3
    if (control(a) || control(b)) return false;                                            // GB4, GB5
    if (is_extend(b) || b == Grapheme::Joiner || b == Grapheme::SpacingMark) return true;  // GB9, GB9a
    if (a == Grapheme::Prepend) return true;                                               // GB9b
    if (a == Grapheme::Lead) return b == Grapheme::Lead || b == Grapheme::Vowel || b == Grapheme::Syllable;  // GB6
    if (lv || a == Grapheme::Vowel) return b == Grapheme::Vowel || b == Grapheme::Trail;                     // GB7
    if (t) return b == Grapheme::Trail;                                                                      // GB8
    if (b == Grapheme::Consonant) return linked;                                                             // GB9c
    return b == Grapheme::Picture && joined_picture;                                                         // GB11
  }

  std::string_view text_;
  const ClassTable<Grapheme>& classes_ = graphemes();
};

}  // namespace tuneit::text
