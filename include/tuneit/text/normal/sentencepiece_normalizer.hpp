#pragma once
// How does SentencePiece itself normalise?
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/normal/charsmap.hpp"
#include "tuneit/text/normal/normal_text.hpp"
#include "tuneit/text/unicode/longest_match.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The normaliser of a .model file (normalizer.cc of SentencePiece 0.2): the longest rule of the charsmap at each
/// place, but user-defined symbols stay as they are; then, as the file says, spaces at both ends and further ones
/// behind a space vanish, a space is put in front (or behind), and each space becomes U+2581.
struct SentencePieceNormalizer {
  std::shared_ptr<const Charsmap> rules;         ///< none: nothing is replaced
  std::shared_ptr<const LongestMatch> verbatim;  ///< user-defined symbols
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
  bool treat_whitespace_as_suffix = false;

  void operator()(NormalText& text) const {
    const std::string_view old = text.text();
    std::string made;
    std::vector<ByteSpan> spans;
    made.reserve(old.size() + old.size() / 2 + 8);
    spans.reserve(made.capacity());
    const std::string_view space = escape_whitespaces ? "\u2581" : " ";
    const auto put = [&](std::string_view what, ByteSpan span) {
      made += what;
      spans.insert(spans.end(), what.size(), span);
    };
    std::size_t at = 0;
    while (remove_extra_whitespaces && at < old.size()) {
      const Charsmap::Rule first = at_place(old, at);
      if (first.replacement != " ") break;
      at += first.bytes;
    }
    if (at == old.size()) return text.become({}, {});
    if (add_dummy_prefix && !treat_whitespace_as_suffix) {
      const std::uint32_t begin = text.spans()[at].begin;
      put(space, {begin, begin});
    }
    bool behind_space = remove_extra_whitespaces;
    while (at < old.size()) {
      const bool plain = static_cast<unsigned char>(old[at]) < 0x80 && old[at] != ' ' && verbatim == nullptr &&
                         (rules == nullptr || !rules->begins_with(old[at]));
      if (plain) {  // nearly all of a Latin text
        made += old[at];
        spans.push_back(text.spans()[at++]);
        behind_space = false;
        continue;
      }
      const Charsmap::Rule rule = at_place(old, at);
      std::string_view now = rule.replacement;
      while (behind_space && now.starts_with(' ')) now.remove_prefix(1);
      if (!now.empty()) {
        const ByteSpan span =
            text.original_of(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + rule.bytes));
        for (const char c : now) put(c == ' ' ? space : std::string_view(&c, 1), span);
        behind_space = now.ends_with(' ');
      }
      at += rule.bytes;
      if (!remove_extra_whitespaces) behind_space = false;
    }
    while (remove_extra_whitespaces && made.ends_with(space)) {
      made.resize(made.size() - space.size());
      spans.resize(made.size());
    }
    if (add_dummy_prefix && treat_whitespace_as_suffix) {
      const std::uint32_t end = spans.empty() ? text.original().begin : spans.back().end;
      put(space, {end, end});
    }
    text.become(std::move(made), std::move(spans));
  }

 private:
  // What the text becomes that begins at `at`: a symbol, a rule, or a code point as it is.
  [[nodiscard]] Charsmap::Rule at_place(std::string_view text, std::size_t at) const {
    const std::string_view rest = text.substr(at);
    if (verbatim != nullptr)
      if (const std::size_t bytes = verbatim->bytes_at(rest); bytes > 0) return {bytes, rest.substr(0, bytes)};
    if (rules != nullptr)
      if (const auto rule = rules->longest(rest)) return *rule;
    const std::size_t bytes = bytes_of_lead(rest.front());
    return {bytes, rest.substr(0, bytes)};
  }
};

}  // namespace tuneit::text
