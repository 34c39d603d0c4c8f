#pragma once
// NFD, NFC, NFKD, NFKC, lower case and the removal of accents, with where each byte came from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/text/normal/normal_text.hpp"
#include "tuneit/text/unicode/classes.hpp"
#include "tuneit/text/unicode/decompose.hpp"
#include "tuneit/text/unicode/lower_case.hpp"

namespace tuneit::text {

namespace detail {

/// The text's decomposition in canonical order (Unicode 3.11, D108). Sorting a run of n marks takes n log n.
template <bool Compatible>
[[nodiscard]] std::vector<CharChange> decomposed(std::string_view text) {
  const CodePointClasses& classes = code_point_classes();
  struct Mark {
    CharChange change;
    std::uint64_t place;  ///< combining class, then where it came
  };
  std::vector<CharChange> out;
  std::vector<Mark> run;
  out.reserve(text.size());
  const auto end_run = [&] {
    if (run.size() > 1)
      std::sort(run.begin(), run.end(), [](const Mark& a, const Mark& b) { return a.place < b.place; });
    for (const Mark& m : run) out.push_back(m.change);
    run.clear();
  };
  const auto add = [&](char32_t c, int change) {
    if (classes.any(c, kCombines)) {
      run.push_back({{c, change}, std::uint64_t{combining_class(c)} << 32U | run.size()});
    } else {
      if (!run.empty()) end_run();
      out.push_back({c, change});
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (!classes.any(c, kDecomposes | (Compatible ? kDecomposesFurther : 0U))) {
      add(c, 0);
      continue;
    }
    int change = 0;
    decompose<Compatible>(c, [&](char32_t d) {
      add(d, change);
      change = 1;
    });
  }
  end_run();
  return out;
}

/// What composes is composed (D117). A composed character has the changes of both parts, less the one that went.
inline void recompose(std::vector<CharChange>& text) {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t kept = 0, starter = none;  // where the last starter stands among those that are kept
  int last = -1;                         // the class of what was kept behind it; -1: nothing
  for (const CharChange& one : text) {
    const int here = combining_class(one.c);
    if (starter != none && last < here) {
      if (const char32_t both = compose(text[starter].c, one.c); both != 0) {
        text[starter] = {both, text[starter].change + one.change - 1};
        continue;
      }
    }
    if (here == 0) {
      starter = kept;
      last = -1;
    } else {
      last = here;
    }
    text[kept++] = one;
  }
  text.resize(kept);
}

}  // namespace detail

enum class UnicodeForm { Nfd, Nfkd, Nfc, Nfkc };

/// Unicode's normalisation forms, by the data of Unicode 9.
struct UnicodeNormalizer {
  UnicodeForm form = UnicodeForm::Nfd;

  void operator()(NormalText& text) const {
    const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::all_of(text.text().begin(), text.text().end(), ascii)) return;
    const bool compatible = form == UnicodeForm::Nfkd || form == UnicodeForm::Nfkc;
    auto now = compatible ? detail::decomposed<true>(text.text()) : detail::decomposed<false>(text.text());
    if (form == UnicodeForm::Nfc || form == UnicodeForm::Nfkc) detail::recompose(now);
    text.transform(now);
  }
};

/// Every code point in lower case.
struct LowercaseNormalizer {
  void operator()(NormalText& text) const {
    std::vector<CharChange> now;
    now.reserve(text.text().size());
    for (std::size_t at = 0; at < text.text().size();) {
      const LowerCase lower = lower_case(next_code_point(text.text(), at));
      now.push_back({lower.first, 0});
      if (lower.second != 0) now.push_back({lower.second, 1});
    }
    text.transform(now);
  }
};

/// Drops all marks (M*). It decomposes nothing.
struct StripAccentsNormalizer {
  void operator()(NormalText& text) const {
    const CodePointClasses& classes = code_point_classes();
    text.filter([&](char32_t c) { return !classes.any(c, kIsMark); });
  }
};

}  // namespace tuneit::text
