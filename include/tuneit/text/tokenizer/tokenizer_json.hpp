#pragma once
// What does a tokenizer.json describe?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/text/tokenizer/json_object.hpp"
#include "tuneit/text/tokenizer/padding.hpp"
#include "tuneit/text/tokenizer/pipeline.hpp"
#include "tuneit/text/tokenizer/read_model.hpp"
#include "tuneit/text/tokenizer/read_post_processor.hpp"
#include "tuneit/text/tokenizer/read_steps.hpp"
#include "tuneit/text/tokenizer/truncation.hpp"

namespace tuneit::text {

/// A file's pipeline, and what it asks for besides: that is reported, and never done unasked.
struct TokenizerJson {
  Pipeline pipeline;
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
};

namespace detail {

[[nodiscard]] inline Direction read_direction(JsonObject& from) {
  return from.choice<Direction>("direction", {{"Right", Direction::Right}, {"Left", Direction::Left}},
                                Direction::Right);
}
[[nodiscard]] inline std::optional<Truncation> read_truncation(Json value, const std::string& name) {
  if (value.is_null()) return std::nullopt;
  using S = TruncationStrategy;
  JsonObject o(std::move(value), name);
  Truncation t;
  t.max_length = static_cast<std::size_t>(o.number("max_length", 0, INT32_MAX));
  t.strategy = o.choice<S>(
      "strategy", {{"LongestFirst", S::LongestFirst}, {"OnlyFirst", S::OnlyFirst}, {"OnlySecond", S::OnlySecond}},
      S::LongestFirst);
  t.stride = static_cast<std::size_t>(o.number("stride", 0, INT32_MAX, 0));
  t.direction = read_direction(o);
  o.done();
  return t;
}
[[nodiscard]] inline std::optional<Padding> read_padding(Json value, const std::string& name) {
  if (value.is_null()) return std::nullopt;
  JsonObject o(std::move(value), name);
  Padding p;
  Json strategy = o.take("strategy");
  if (strategy.is_object()) {
    JsonObject fixed(std::move(strategy), name + ", 'strategy',");
    p.length = static_cast<std::size_t>(fixed.number("Fixed", 1, INT32_MAX));
    fixed.done();
  } else if (strategy != "BatchLongest") {
    o.refuse_field("strategy", "'BatchLongest' or {'Fixed': length}");
  }
  p.direction = read_direction(o);
  p.multiple_of = static_cast<std::size_t>(o.number("pad_to_multiple_of", 0, INT32_MAX, 0));
  p.pad_id = static_cast<std::int32_t>(o.number("pad_id", 0, INT32_MAX, 0));
  p.pad_type_id = static_cast<std::int32_t>(o.number("pad_type_id", 0, INT32_MAX, 0));
  (void)o.text("pad_token", "");
  o.done();
  return p;
}

}  // namespace detail

/// What a text becomes by the normalisers alone.
[[nodiscard]] inline std::string normalized(const std::vector<Normalizer>& normalizers, std::string_view text) {
  NormalText made(text);
  for (const Normalizer& n : normalizers) std::visit([&](const auto& f) { f(made); }, n);
  return std::string(made.text());
}

/// Adds tokens to a pipeline that has its normalisers and its model. One that the model knows has the model's id,
/// others follow its last one in their order. Throws Error(Data) where a token's id is another, and as AddedTokens.
inline void set_added_tokens(Pipeline& pipeline, std::vector<AddedToken> tokens, const std::string& name) {
  std::int64_t next = std::visit([](const auto& m) { return static_cast<std::int64_t>(m.size()); }, pipeline.model);
  std::vector<std::string> normal;
  normal.reserve(tokens.size());
  for (const AddedToken& t : tokens) {
    const auto known = std::visit([&](const auto& m) { return m.id_of(t.content); }, pipeline.model);
    const std::int64_t id = known ? *known : next++;
    if (t.id != id)
      throw Error(
          ErrorKind::Data,
          name + ": the added token " + io::quote(t.content, 40) + " has the id " + std::to_string(t.id) +
              " in the file, but its place is " + std::to_string(id),
          known ? "The vocabulary has it with that id." : "Ids of added tokens follow those of the vocabulary.");
    normal.push_back(t.normalized ? normalized(pipeline.normalizers, t.content) : std::string());
  }
  pipeline.added = AddedTokens(std::move(tokens), normal, name);
}

/// Reads the text of a tokenizer.json. Throws Error(Data) for damage, and by name for whatever it does not know.
/// `name`: what holds it, for messages.
[[nodiscard]] inline TokenizerJson parse_tokenizer_json(std::string_view text, const std::string& name) {
  JsonObject o(parse_json(text, name), name);
  if (const std::string version = o.text("version", "1.0"); version != "1.0")
    o.refuse("is of version " + io::quote(version, 20), "tuneit reads version 1.0.");
  TokenizerJson out{Pipeline{{}, {}, read_model(o.take("model"), name + ", model"), {}, {}, {}}, {}, {}};
  Pipeline& p = out.pipeline;
  out.truncation = detail::read_truncation(o.take("truncation"), name + ", truncation");
  out.padding = detail::read_padding(o.take("padding"), name + ", padding");
  p.normalizers = read_normalizers(o.take("normalizer"), name + ", normalizer");
  p.pre_tokenizers = read_pre_tokenizers(o.take("pre_tokenizer"), name + ", pre_tokenizer");
  p.post_processor = read_post_processor(o.take("post_processor"), name + ", post_processor");
  p.decoders = read_decoders(o.take("decoder"), name + ", decoder");
  std::vector<AddedToken> added;
  if (Json list = o.take("added_tokens"); !list.is_null()) {
    if (!list.is_array()) o.refuse_field("added_tokens", "list");
    if (list.size() > kMostTokens) o.refuse("has more than 2,000,000 added tokens");
    for (Json& value : list) {
      JsonObject one(std::move(value), name + ", added_tokens,");
      AddedToken t;
      t.id = static_cast<std::int32_t>(one.number("id", 0, INT32_MAX));
      t.content = one.text("content");
      t.special = one.flag("special", false);
      t.single_word = one.flag("single_word", false);
      t.lstrip = one.flag("lstrip", false);
      t.rstrip = one.flag("rstrip", false);
      t.normalized = one.flag("normalized", !t.special);
      one.done();
      added.push_back(std::move(t));
    }
  }
  o.done();
  set_added_tokens(p, std::move(added), name);

  std::size_t rows = std::visit([](const auto& m) { return std::size_t{m.size()}; }, p.model);
  for (const AddedToken& t : p.added.tokens()) rows = std::max(rows, static_cast<std::size_t>(t.id) + 1);
  for (const auto* parts : {&p.post_processor.single, &p.post_processor.pair})
    for (const TemplatePart& part : *parts)
      for (const std::int32_t id : part.ids)
        if (static_cast<std::size_t>(id) >= rows)
          o.refuse("adds a special token of the id " + std::to_string(id) + ", which the vocabulary does not have");
  return out;
}

}  // namespace tuneit::text
