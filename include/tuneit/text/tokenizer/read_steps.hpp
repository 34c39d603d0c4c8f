#pragma once
// Which normalisers, pre-tokenisers and decoders does a tokenizer.json name?
#include <string>
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
[[noreturn]] inline void refuse_type(const std::string& name, const std::string& kind, const std::string& type) {
  throw Error(ErrorKind::Data,
              name + " has a " + kind + " of the type " + io::quote(type, 40) + ", which tuneit does not know",
              "docs/tokenisers.md lists those it knows.");
}

}  // namespace detail

/// The regular expressions of Split that are known, each done by hand; nothing: it is not known.
[[nodiscard]] inline Scanner scanner_of(std::string_view expression) {
  if (expression == "\\s+") return scan_white_space;
  return nullptr;
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
      std::string content = o.text("content");
      out.emplace_back(pattern.is_expression ? ReplaceNormalizer::of_expression(pattern.text, std::move(content))
                                             : ReplaceNormalizer(std::move(pattern.text), std::move(content)));
    } else if (type == "Prepend") {
      out.emplace_back(PrependNormalizer{o.text("prepend")});
    } else if (type == "Strip") {
      const bool left = o.flag("strip_left", true), right = o.flag("strip_right", true);
      out.emplace_back(StripNormalizer{left, right});
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
    } else {
      detail::refuse_type(name, "decoder", type);
    }
    o.done();
  });
  return out;
}

}  // namespace tuneit::text
