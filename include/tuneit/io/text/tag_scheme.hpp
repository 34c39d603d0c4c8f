#pragma once
// Which spans do the tags of a sentence mark?
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/text/options.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// Words begin to before end, of one type ("PER"; "_" where a tag is a letter alone).
struct TagSpan {
  std::size_t begin = 0, end = 0;
  std::string type;
  friend auto operator<=>(const TagSpan&, const TagSpan&) = default;
};

/// "IOB2", ...
[[nodiscard]] inline const char* scheme_name(TagScheme scheme) {
  constexpr std::array<const char*, 5> names{"plain", "IOB1", "IOB2", "IOBES", "BILOU"};
  return names[static_cast<std::size_t>(scheme)];
}

/// A tag cut at its first "-": "B-GEO-loc" is B and GEO-loc. The letter of an empty tag is O.
struct TagParts {
  char letter = 'O';
  std::string_view type = "_";
};
[[nodiscard]] inline TagParts tag_parts(std::string_view tag) {
  if (tag.empty()) return {};
  TagParts out{tag.front(), tag.substr(1)};
  if (const std::size_t dash = out.type.find('-'); dash != std::string_view::npos) out.type.remove_prefix(dash + 1);
  if (out.type.empty()) out.type = "_";
  return out;
}
/// Is it O, or a letter of one of the schemes, alone or with "-" and a type?
[[nodiscard]] inline bool marks_span_or_none(std::string_view tag) {
  if (tag == "O") return true;
  return !tag.empty() && std::string_view("BIESLU").find(tag.front()) != std::string_view::npos &&
         (tag.size() == 1 || (tag[1] == '-' && tag.size() > 2));
}

/// The spans as conlleval and seqeval (its default mode) read them, whatever the scheme and whether it is kept: a span
/// begins at B and S, at I and E behind O, E or S, and where the type changes; it ends with E and S, and before B, S, O
/// and another type. L and U of BILOU are E and S. Source: seqeval 1.2.2, metrics.sequence_labeling.get_entities.
[[nodiscard]] inline std::vector<TagSpan> lenient_spans(std::span<const std::string> tags) {
  std::vector<TagSpan> out;
  char before = 'O';
  std::string_view type_before;
  std::size_t begin = 0;
  const auto among = [](char c, std::string_view some) { return some.find(c) != std::string_view::npos; };
  for (std::size_t i = 0; i <= tags.size(); ++i) {
    TagParts at = i < tags.size() ? tag_parts(tags[i]) : TagParts{};
    if (at.letter == 'L') at.letter = 'E';
    if (at.letter == 'U') at.letter = 'S';
    const bool other = type_before != at.type;
    if (among(before, "ES") || (among(before, "BI") && among(at.letter, "BSO")) || (!among(before, "O.") && other))
      out.push_back({begin, i, std::string(type_before)});
    if (among(at.letter, "BS") || (among(at.letter, "IE") && among(before, "OES")) ||
        (!among(at.letter, "O.") && other))
      begin = i;
    before = at.letter;
    type_before = at.type;
  }
  return out;
}

namespace detail {

/// May `now` stand behind `before` in such a way? `same`: +1 where the types must be equal, -1 where they must differ.
struct TagRule {
  std::string_view before, now;
  int same = 0;
};
struct SchemeRules {
  std::string_view letters;
  std::span<const TagRule> start, inside, end;
};

/// seqeval 1.2.2, scheme.py.
[[nodiscard]] inline SchemeRules scheme_rules(TagScheme scheme) {
  static constexpr TagRule i_start[]{{"O", "I"}, {"I", "I", -1}, {"B", "I"}, {"IB", "B", 1}},
      i_end[]{{"I", "I", -1}, {"I", "OB"}, {"B", "O"}, {"B", "I", -1}, {"B", "B", 1}}, b_start[]{{"IOBESUL", "B"}},
      b_inside[]{{"BI", "I", 1}}, b_end[]{{"I", "OB"}, {"BI", "I", -1}, {"B", "OB"}}, s_start[]{{"IOBESUL", "BS"}},
      s_inside[]{{"BI", "IE", 1}}, s_end[]{{"SE", "IOBESUL"}}, u_start[]{{"IOBESUL", "BU"}},
      u_inside[]{{"BI", "IL", 1}}, u_end[]{{"UL", "IOBESUL"}};
  switch (scheme) {
    case TagScheme::Iob1:
      return {"IOB", i_start, b_inside, i_end};
    case TagScheme::Iobes:
      return {"IOBES", s_start, s_inside, s_end};
    case TagScheme::Bilou:
      return {"BILOU", u_start, u_inside, u_end};
    default:
      return {"IOB", b_start, b_inside, b_end};
  }
}

[[nodiscard]] inline bool follows(const TagParts& before, const TagParts& now, std::span<const TagRule> rules) {
  for (const TagRule& rule : rules)
    if (rule.before.find(before.letter) != std::string_view::npos &&
        rule.now.find(now.letter) != std::string_view::npos &&
        (rule.same == 0 || (rule.same > 0) == (before.type == now.type)))
      return true;
  return false;
}

/// The type as seqeval's strict mode has it: all "-" at its ends are cut off.
[[nodiscard]] inline TagParts strict_parts(std::string_view tag) {
  if (tag.empty()) return {};
  TagParts out{tag.front(), tag.substr(1)};
  while (out.type.starts_with('-')) out.type.remove_prefix(1);
  while (out.type.ends_with('-')) out.type.remove_suffix(1);
  if (out.type.empty()) out.type = "_";
  return out;
}

}  // namespace detail

/// The spans that keep to the scheme, as seqeval's strict mode reads them: what does not is no span. Throws
/// ErrorKind::Data where a tag's letter is not of the scheme. Source: seqeval 1.2.2, scheme.Tokens.
[[nodiscard]] inline std::vector<TagSpan> strict_spans(std::span<const std::string> tags, TagScheme scheme) {
  const detail::SchemeRules rules = detail::scheme_rules(scheme);
  std::vector<TagParts> parts;
  for (const std::string& tag : tags) {
    parts.push_back(detail::strict_parts(tag));
    if (rules.letters.find(parts.back().letter) == std::string_view::npos)
      throw Error(ErrorKind::Data, "The tag " + quote(tag) + " is none of the scheme " + scheme_name(scheme) + ".");
  }
  parts.push_back({});
  std::vector<TagSpan> out;
  TagParts before;
  for (std::size_t i = 0; i < parts.size();) {
    if (detail::follows(before, parts[i], rules.start)) {
      std::size_t end = i + 1;
      while (end < parts.size() && detail::follows(parts[end - 1], parts[end], rules.inside)) ++end;
      if (detail::follows(parts[end - 1], parts[end], rules.end)) out.push_back({i, end, std::string(parts[i].type)});
      i = end;
    } else {
      ++i;
    }
    before = parts[i - 1];
  }
  return out;
}

/// IOB2 of spans that do not overlap, in a sentence of `words` words.
[[nodiscard]] inline std::vector<std::string> iob2_tags(const std::vector<TagSpan>& spans, std::size_t words) {
  std::vector<std::string> out(words, "O");
  for (const TagSpan& span : spans)
    for (std::size_t i = span.begin; i < span.end; ++i) {
      out[i] = i == span.begin ? "B" : "I";
      if (span.type != "_") out[i] += "-" + span.type;
    }
  return out;
}

/// The first word whose tag is neither O nor in one of the spans (in order, as the functions above give them).
[[nodiscard]] inline std::optional<std::size_t> first_outside(std::span<const std::string> tags,
                                                              const std::vector<TagSpan>& spans) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    while (next < spans.size() && spans[next].end <= i) ++next;
    const bool inside = next < spans.size() && spans[next].begin <= i;
    if (!inside && tag_parts(tags[i]).letter != 'O') return i;
  }
  return std::nullopt;
}

}  // namespace tuneit::io
