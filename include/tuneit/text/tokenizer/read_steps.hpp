#pragma once
// Which normalisers, pre-tokenisers and decoders does a tokenizer.json name?
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/tokenizer/json_object.hpp"
#include "tuneit/text/tokenizer/pipeline.hpp"

namespace tuneit::text {

namespace detail {

/// A pattern: {"String": text} or {"Regex": expression}.
struct ReadPattern {
  std::string text;
  bool is_expression = false;
};
[[nodiscard]] inline ReadPattern read_pattern(JsonObject& from) {
  JsonObject pattern = from.object("pattern");
  ReadPattern read;
  read.is_expression = pattern.has("Regex");
  read.text = pattern.text(read.is_expression ? "Regex" : "String");
  if (read.text.empty()) pattern.refuse("is empty");
  pattern.done();
  return read;
}
/// What is put in a text, again and again: no more than a charsmap may, so that a text grows by a factor that is
/// bounded.
[[nodiscard]] inline std::string read_content(JsonObject& from, const char* key) {
  std::string content = from.text(key);
  if (content.size() > 1024) from.refuse("has more than 1,024 bytes as its " + io::quote(key));
  return content;
}
[[nodiscard]] inline SplitBehavior read_behavior(JsonObject& from) {
  using B = SplitBehavior;
  return from.choice<B>("behavior",
                        {{"Removed", B::Removed},
                         {"Isolated", B::Isolated},
                         {"MergedWithPrevious", B::MergedWithPrevious},
                         {"MergedWithNext", B::MergedWithNext},
                         {"Contiguous", B::Contiguous}},
                        B::Isolated);
}
/// A text of one code point.
[[nodiscard]] inline char32_t read_character(JsonObject& from, const char* key) {
  const std::string text = from.text(key);
  if (code_points_in(text) != 1) from.refuse_field(key, "single character");
  std::size_t at = 0;
  return next_code_point(text, at);
}
/// Metaspace as pre-tokeniser and as decoder; old files say add_prefix_space.
[[nodiscard]] inline Metaspace read_metaspace(JsonObject& from) {
  using P = PrependScheme;
  Metaspace out;
  out.replacement = read_character(from, "replacement");
  const bool said = from.has("prepend_scheme");
  out.prepend_scheme =
      from.choice<P>("prepend_scheme", {{"always", P::Always}, {"first", P::First}, {"never", P::Never}}, P::Always);
  if (!from.flag("add_prefix_space", true)) {
    if (said && out.prepend_scheme != P::Never)
      from.refuse("has an add_prefix_space that contradicts its prepend_scheme");
    out.prepend_scheme = P::Never;
  }
  out.split = from.flag("split", true);
  (void)from.text("str_rep", "");
  return out;
}
/// Bytes of base64 (RFC 4648), with padding.
[[nodiscard]] inline std::string from_base64(std::string_view text, const JsonObject& from) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::int8_t, 256> value{};
  value.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i)
    value[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
  std::size_t padding = 0;
  for (; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if ((text.size() + padding) % 4 != 0 || text.size() % 4 == 1) from.refuse("has a charsmap that is no base64");
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0, count = 0;
  for (const char c : text) {
    const int digit = value[static_cast<unsigned char>(c)];
    if (digit < 0) from.refuse("has a charsmap that is no base64");
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(static_cast<unsigned char>(bits >> count & 0xFFU));
  }
  return out;
}
[[noreturn]] inline void refuse_type(const std::string& name, const std::string& kind, const std::string& type) {
  throw Error(ErrorKind::Data,
              name + " has a " + kind + " of the type " + io::quote(type, 40) + ", which tuneit does not know",
              "docs/tokenisers.md lists those it knows.");
}

}  // namespace detail

/// The regular expressions of Split that are known, each done by hand; nothing: it is not known.
[[nodiscard]] inline Scanner scanner_of(std::string_view expression) {
  if (expression == "\\s+") return scan_white_space;
  return scanner_of_words(expression);
}

[[nodiscard]] inline std::vector<Normalizer> read_normalizers(Json value, const std::string& name) {
  std::vector<Normalizer> out;
  each_of_sequence(std::move(value), "normalizers", name, [&](JsonObject& o, const std::string& type) {
    if (type == "BertNormalizer") {
      BertNormalizer n;
      n.clean_text = o.flag("clean_text", true);
      n.handle_chinese_chars = o.flag("handle_chinese_chars", true);
      n.strip_accents = o.maybe_flag("strip_accents");
      n.lowercase = o.flag("lowercase", true);
      out.emplace_back(n);
    } else if (type == "NFD" || type == "NFKD" || type == "NFC" || type == "NFKC") {
      const UnicodeForm form = type == "NFD"    ? UnicodeForm::Nfd
                               : type == "NFKD" ? UnicodeForm::Nfkd
                               : type == "NFC"  ? UnicodeForm::Nfc
                                                : UnicodeForm::Nfkc;
      out.emplace_back(UnicodeNormalizer{form});
    } else if (type == "Lowercase") {
      out.emplace_back(LowercaseNormalizer{});
    } else if (type == "StripAccents") {
      out.emplace_back(StripAccentsNormalizer{});
    } else if (type == "Replace") {
      detail::ReadPattern pattern = detail::read_pattern(o);
      std::string content = detail::read_content(o, "content");
      out.emplace_back(pattern.is_expression ? ReplaceNormalizer::of_expression(pattern.text, std::move(content))
                                             : ReplaceNormalizer(std::move(pattern.text), std::move(content)));
    } else if (type == "Prepend") {
      out.emplace_back(PrependNormalizer{detail::read_content(o, "prepend")});
    } else if (type == "Strip") {
      const bool left = o.flag("strip_left", true), right = o.flag("strip_right", true);
      out.emplace_back(StripNormalizer{left, right});
    } else if (type == "Precompiled") {
      out.emplace_back(PrecompiledNormalizer(detail::from_base64(o.text("precompiled_charsmap"), o), o.name()));
    } else if (type == "Nmt") {
      out.emplace_back(NmtNormalizer{});
    } else if (type == "ByteLevel") {
      out.emplace_back(ByteLevelNormalizer{});
    } else {
      detail::refuse_type(name, "normaliser", type);
    }
    o.done();
  });
  return out;
}

[[nodiscard]] inline std::vector<PreTokenizer> read_pre_tokenizers(Json value, const std::string& name) {
  std::vector<PreTokenizer> out;
  each_of_sequence(std::move(value), "pretokenizers", name, [&](JsonObject& o, const std::string& type) {
    if (type == "BertPreTokenizer") {
      out.emplace_back(BertWords{});
    } else if (type == "WhitespaceSplit") {
      out.emplace_back(WhitespaceSplitWords{});
    } else if (type == "Whitespace") {
      out.emplace_back(WhitespaceWords{});
    } else if (type == "Punctuation") {
      out.emplace_back(PunctuationWords{detail::read_behavior(o)});
    } else if (type == "Digits") {
      out.emplace_back(DigitsWords{o.flag("individual_digits", false)});
    } else if (type == "Split") {
      detail::ReadPattern pattern = detail::read_pattern(o);
      SplitWords split;
      split.behavior = detail::read_behavior(o);
      split.invert = o.flag("invert", false);
      if (pattern.is_expression) {
        split.scanner = scanner_of(pattern.text);
        if (split.scanner == nullptr)
          o.refuse("has the regular expression " + io::quote(pattern.text) + ", which tuneit does not know",
                   "It never runs an expression of a file; docs/tokenisers.md lists those that it knows.");
      }
      split.pattern = std::move(pattern.text);
      out.emplace_back(std::move(split));
    } else if (type == "ByteLevel") {
      ByteLevel bytes;
      bytes.add_prefix_space = o.flag("add_prefix_space", true);
      bytes.use_regex = o.flag("use_regex", true);
      (void)o.flag("trim_offsets", true);  // the post-processor's business
      out.emplace_back(bytes);
    } else if (type == "Metaspace") {
      out.emplace_back(detail::read_metaspace(o));
    } else if (type == "CharDelimiterSplit") {
      out.emplace_back(
          SplitWords{utf8_of(detail::read_character(o, "delimiter")), nullptr, SplitBehavior::Removed, false});
    } else if (type == "FixedLength") {
      out.emplace_back(FixedLengthWords{static_cast<std::size_t>(o.number("length", 1, INT32_MAX, 5))});
    } else {
      detail::refuse_type(name, "pre-tokeniser", type);
    }
    o.done();
  });
  return out;
}

[[nodiscard]] inline std::vector<Decoder> read_decoders(Json value, const std::string& name) {
  std::vector<Decoder> out;
  each_of_sequence(std::move(value), "decoders", name, [&](JsonObject& o, const std::string& type) {
    if (type == "WordPiece") {
      std::string prefix = o.text("prefix", "##");
      out.emplace_back(WordPieceDecoder{std::move(prefix), o.flag("cleanup", true)});
    } else if (type == "ByteLevel") {
      for (const char* field : {"add_prefix_space", "trim_offsets", "use_regex"}) (void)o.flag(field, true);
      out.emplace_back(ByteLevelDecoder{});
    } else if (type == "Metaspace") {
      const Metaspace metaspace = detail::read_metaspace(o);
      out.emplace_back(MetaspaceDecoder{metaspace.replacement, metaspace.prepend_scheme != PrependScheme::Never});
    } else if (type == "BPEDecoder") {
      out.emplace_back(BpeDecoder{o.text("suffix", "</w>")});
    } else if (type == "Fuse") {
      out.emplace_back(FuseDecoder{});
    } else if (type == "ByteFallback") {
      out.emplace_back(ByteFallbackDecoder{});
    } else if (type == "Strip") {
      const char32_t content = detail::read_character(o, "content");
      const auto start = static_cast<std::size_t>(o.number("start", 0, INT32_MAX));
      out.emplace_back(StripDecoder{content, start, static_cast<std::size_t>(o.number("stop", 0, INT32_MAX))});
    } else if (type == "Replace") {
      detail::ReadPattern pattern = detail::read_pattern(o);
      std::string content = detail::read_content(o, "content");
      out.emplace_back(ReplaceDecoder{pattern.is_expression
                                          ? ReplaceNormalizer::of_expression(pattern.text, std::move(content))
                                          : ReplaceNormalizer(std::move(pattern.text), std::move(content))});
    } else if (type == "CTC") {
      CtcDecoder ctc;
      ctc.pad_token = o.text("pad_token", "<pad>");
      ctc.word_delimiter_token = o.text("word_delimiter_token", "|");
      ctc.cleanup = o.flag("cleanup", true);
      out.emplace_back(std::move(ctc));
    } else {
      detail::refuse_type(name, "decoder", type);
    }
    o.done();
  });
  return out;
}

}  // namespace tuneit::text
