#pragma once
// What are a vocab.json and a merges.txt as a tokeniser?
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/files/merges.hpp"
#include "tuneit/text/files/vocab_json.hpp"
#include "tuneit/text/pieces/bpe.hpp"
#include "tuneit/text/tokenizer/pipeline.hpp"
#include "tuneit/text/tokenizer/tokenizer_json.hpp"

namespace tuneit::text {

/// Whose special tokens a byte-level model has.
enum class ByteLevelKind : std::uint8_t {
  Gpt2,    ///< none is added; "<|endoftext|>" is special
  Roberta  ///< <s> A </s>, <s> A </s></s> B </s>; "<mask>" takes the white space in front of it
};

/// The kind that a tokenizer_class of transformers names; none: another one, or none is named.
[[nodiscard]] inline std::optional<ByteLevelKind> byte_level_kind(std::string_view tokenizer_class) {
  if (tokenizer_class.starts_with("GPT2Tokenizer")) return ByteLevelKind::Gpt2;
  if (tokenizer_class.starts_with("RobertaTokenizer")) return ByteLevelKind::Roberta;
  return std::nullopt;
}

/// The pipeline of a byte-level model, without a space in front of texts. Of which kind it is, is told by the
/// vocabulary if it is not named: RoBERTa's has "<s>" and "</s>". Throws Error(Data), as parse_vocab_json, parse_merges
/// and Bpe, and where the vocabulary lacks a special token.
[[nodiscard]] inline Pipeline byte_level_pipeline(std::string_view vocab_json, std::string_view merges_txt,
                                                  std::optional<ByteLevelKind> kind, const std::string& name) {
  Bpe model(parse_vocab_json(vocab_json, name), parse_merges(merges_txt, name), {}, name);
  if (!kind) kind = model.id_of("<s>") && model.id_of("</s>") ? ByteLevelKind::Roberta : ByteLevelKind::Gpt2;
  std::vector<AddedToken> added;
  const auto special = [&](const char* content) {
    const std::optional<std::int32_t> id = model.id_of(content);
    if (!id) throw Error(ErrorKind::Data, name + ": the vocabulary lacks the special token " + io::quote(content, 40));
    added.push_back({*id, content, false, false, false, false, true});
    return *id;
  };
  PostProcessor post;
  post.trim_offsets = true;
  post.add_prefix_space = false;
  if (*kind == ByteLevelKind::Roberta) {
    using Kind = TemplatePart::Kind;
    const TemplatePart begin{Kind::Special, 0, {special("<s>")}};
    special("<pad>");
    const TemplatePart end{Kind::Special, 0, {special("</s>")}};
    special("<unk>");
    special("<mask>");
    added.back().lstrip = true;
    const TemplatePart first{Kind::First, 0, {}}, second{Kind::Second, 0, {}};
    post.single = {begin, first, end};
    post.pair = {begin, first, end, end, second, end};
  } else {
    if (model.id_of("<|endoftext|>")) special("<|endoftext|>");
    post.trim_offsets = false;
  }
  Pipeline pipeline{{}, {ByteLevel{false, true}}, std::move(model), {}, std::move(post), {ByteLevelDecoder{}}};
  set_added_tokens(pipeline, std::move(added), name);
  return pipeline;
}

}  // namespace tuneit::text
