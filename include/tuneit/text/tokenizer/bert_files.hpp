#pragma once
// BERT's own files: vocab.txt, and tokenizer_config.json beside it.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/tokenizer/json_object.hpp"
#include "tuneit/text/tokenizer/pipeline.hpp"
#include "tuneit/text/tokenizer/tokenizer_json.hpp"
#include "tuneit/text/unicode/classes.hpp"

namespace tuneit::text {

/// What a tokenizer_config.json says of BERT's tokeniser; what it does not say is what transformers takes then.
struct BertConfig {
  bool do_lower_case = true, tokenize_chinese_chars = true;
  std::optional<bool> strip_accents;
  std::string tokenizer_class;
  std::optional<std::size_t> model_max_length;
  std::string unk = "[UNK]", sep = "[SEP]", pad = "[PAD]", cls = "[CLS]", mask = "[MASK]";

  /// Would transformers build BERT's pipeline, whatever the tokenizer.json says?
  [[nodiscard]] bool of_bert() const {
    for (const std::string_view known :
         {"BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"})
      if (tokenizer_class == known || tokenizer_class == std::string(known) + "Fast") return true;
    return false;
  }
  [[nodiscard]] BertNormalizer normalizer() const {
    return {true, tokenize_chinese_chars, strip_accents, do_lower_case};
  }
};

/// Reads the text of a tokenizer_config.json: these fields, and no others. Throws Error(Data).
[[nodiscard]] inline BertConfig parse_bert_config(std::string_view text, const std::string& name) {
  JsonObject o(parse_json(text, name), name);
  BertConfig c;
  c.do_lower_case = o.flag("do_lower_case", true);
  c.tokenize_chinese_chars = o.flag("tokenize_chinese_chars", true);
  c.strip_accents = o.maybe_flag("strip_accents");
  c.tokenizer_class = o.text("tokenizer_class", "");
  if (const auto most = JsonObject::whole(o.take("model_max_length")); most && *most > 0 && *most < 1'000'000'000)
    c.model_max_length = static_cast<std::size_t>(*most);  // absent: files have 1e30 for "no limit"
  const auto token = [&](const char* key, std::string& to) {
    Json value = o.take(key);
    if (value.is_object()) value = JsonObject(std::move(value), name).take("content");
    if (value.is_string()) to = value.get<std::string>();
  };
  token("unk_token", c.unk);
  token("sep_token", c.sep);
  token("pad_token", c.pad);
  token("cls_token", c.cls);
  token("mask_token", c.mask);
  return c;
}

/// The tokens of a vocab.txt: one a line, whose number, from 0, is the id; white space behind it is none of its. Throws
/// Error(Data) for what is not UTF-8, and as Vocabulary.
[[nodiscard]] inline Vocabulary parse_vocab_txt(std::string_view text, const std::string& name) {
  require_utf8(text, name);
  std::vector<std::string> tokens;
  while (!text.empty()) {
    const std::size_t line = text.find('\n');
    std::string_view token = text.substr(0, line);
    text.remove_prefix(line == std::string_view::npos ? text.size() : line + 1);
    for (std::size_t end = token.size();
         end > 0 && code_point_classes().any(previous_code_point(token, end), kIsSpace);)
      token = token.substr(0, end);
    if (token.size() > kMostTokenBytes || tokens.size() == kMostTokens)
      throw Error(ErrorKind::Data,
                  name + ", line " + std::to_string(tokens.size() + 1) +
                      ": a token of more than 4,096 bytes, or more than 2,000,000 tokens",
                  "Is this a vocabulary?");
    tokens.emplace_back(token);
  }
  return Vocabulary(std::move(tokens));
}

/// BERT's pipeline around a WordPiece model. Throws Error(Data) where the vocabulary lacks a special token.
[[nodiscard]] inline Pipeline bert_pipeline(WordPiece model, const BertConfig& config, const std::string& name) {
  std::vector<AddedToken> added;
  const auto special = [&](const std::string& content) {
    const std::optional<std::int32_t> id = model.id_of(content);
    if (!id) throw Error(ErrorKind::Data, name + ": the vocabulary lacks the special token " + io::quote(content, 40));
    added.push_back({*id, content, false, false, false, false, true});
    return *id;
  };
  special(config.pad);
  special(config.unk);
  const TemplatePart cls{TemplatePart::Kind::Special, 0, {special(config.cls)}};
  const TemplatePart sep{TemplatePart::Kind::Special, 0, {special(config.sep)}};
  special(config.mask);
  const TemplatePart a{TemplatePart::Kind::First, 0, {}}, b{TemplatePart::Kind::Second, 1, {}};
  Pipeline p{{config.normalizer()}, {BertWords{}}, std::move(model), {}, {}, {WordPieceDecoder{}}};
  p.post_processor.single = {cls, a, sep};
  p.post_processor.pair = {cls, a, sep, b, {TemplatePart::Kind::Special, 1, sep.ids}};
  set_added_tokens(p, std::move(added), name);
  return p;
}

/// In words, what of a file's pipeline differs from what transformers makes of the configuration beside it; "":
/// nothing.
[[nodiscard]] inline std::string contradiction(const Pipeline& file, const BertConfig& config) {
  if (!config.of_bert() || !std::holds_alternative<WordPiece>(file.model)) return {};
  const auto* normalizer =
      file.normalizers.size() == 1 ? std::get_if<BertNormalizer>(&file.normalizers.front()) : nullptr;
  if (normalizer == nullptr) return "the normaliser is not BERT's";
  if (file.pre_tokenizers.size() != 1 || !std::holds_alternative<BertWords>(file.pre_tokenizers.front()))
    return "the pre-tokeniser is not BERT's";
  const BertNormalizer wanted = config.normalizer();
  const auto differs = [](const char* what, bool in_file, bool in_config) {
    return std::string(what).append(in_file ? " is true in tokenizer.json" : " is false in tokenizer.json") +
           (in_config ? " and true beside it" : " and false beside it");
  };
  if (normalizer->lowercase != wanted.lowercase) return differs("lower case", normalizer->lowercase, wanted.lowercase);
  if (normalizer->strips_accents() != wanted.strips_accents())
    return differs("stripping of accents", normalizer->strips_accents(), wanted.strips_accents());
  if (normalizer->handle_chinese_chars != wanted.handle_chinese_chars)
    return differs("spaces around ideographs", normalizer->handle_chinese_chars, wanted.handle_chinese_chars);
  if (!normalizer->clean_text) return "control characters stay in tokenizer.json and go beside it";
  return {};
}

}  // namespace tuneit::text
