#pragma once
// Which special tokens does a tokenizer.json put around texts?
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/text/tokenizer/json_object.hpp"
#include "tuneit/text/tokenizer/post_processor.hpp"

namespace tuneit::text {

namespace detail {

using Specials = std::map<std::string, std::vector<std::int32_t>>;

[[nodiscard]] inline Specials read_specials(JsonObject& from) {
  Specials out;
  JsonObject all = from.object("special_tokens");
  for (const auto& [key, value] : all.rest().items()) {
    JsonObject one(value, from.name() + ", special token " + io::quote(key, 40) + ",");
    if (one.text("id") != key) one.refuse("has another name within");
    const Json ids = one.list("ids"), tokens = one.list("tokens");
    one.done();
    if (ids.size() != tokens.size()) one.refuse("has not as many ids as tokens");
    for (const Json& id : ids) {
      const auto number = JsonObject::whole(id);
      if (!number || *number < 0 || *number > INT32_MAX) one.refuse("has an id that is no whole number of 0 or more");
      out[key].push_back(static_cast<std::int32_t>(*number));
    }
  }
  return out;
}
[[nodiscard]] inline std::vector<TemplatePart> read_template(JsonObject& from, const char* key,
                                                             const Specials& specials) {
  std::vector<TemplatePart> out;
  std::size_t first = 0, second = 0;
  for (Json& value : from.list(key)) {
    JsonObject item(std::move(value), from.name() + ", " + io::quote(key) + ",");
    const bool is_special = item.has("SpecialToken");
    JsonObject part = item.object(is_special ? "SpecialToken" : "Sequence");
    item.done();
    const std::string id = part.text("id");
    TemplatePart made;
    made.type_id = static_cast<std::int32_t>(part.number("type_id", 0, INT32_MAX, 0));
    part.done();
    if (is_special) {
      const auto at = specials.find(id);
      if (at == specials.end())
        part.refuse("names a special token that the template does not explain: " + io::quote(id, 40));
      made.kind = TemplatePart::Kind::Special;
      made.ids = at->second;
    } else {
      if (id != "A" && id != "B") part.refuse("names a text that is neither A nor B: " + io::quote(id, 40));
      made.kind = id == "A" ? TemplatePart::Kind::First : TemplatePart::Kind::Second;
      ++(id == "A" ? first : second);
    }
    out.push_back(std::move(made));
  }
  const bool of_pair = std::string_view(key) == "pair";
  if (first != 1 || second != (of_pair ? 1U : 0U))
    from.refuse(std::string("has a template ") + io::quote(key) + " that does not have each text once");
  return out;
}
/// ["[SEP]", 102]
[[nodiscard]] inline std::int32_t read_special(JsonObject& from, const char* key) {
  const Json pair = from.list(key);
  const auto id = pair.size() == 2 && pair[0].is_string() ? JsonObject::whole(pair[1]) : std::nullopt;
  if (!id || *id < 0 || *id > INT32_MAX) from.refuse_field(key, "token and id");
  return static_cast<std::int32_t>(*id);
}

}  // namespace detail

[[nodiscard]] inline PostProcessor read_post_processor(Json value, const std::string& name) {
  using Kind = TemplatePart::Kind;
  PostProcessor out;
  bool has_template = false;
  each_of_sequence(std::move(value), "processors", name, [&](JsonObject& o, const std::string& type) {
    if (has_template)
      o.refuse("stands behind the one that adds special tokens", "tuneit reads it in front of that only.");
    if (type == "TemplateProcessing") {
      const detail::Specials specials = detail::read_specials(o);
      out.single = detail::read_template(o, "single", specials);
      out.pair = detail::read_template(o, "pair", specials);
      has_template = true;
    } else if (type == "BertProcessing" || type == "RobertaProcessing") {
      const TemplatePart sep{Kind::Special, 0, {detail::read_special(o, "sep")}};
      const TemplatePart cls{Kind::Special, 0, {detail::read_special(o, "cls")}};
      const TemplatePart a{Kind::First, 0, {}};
      out.single = {cls, a, sep};
      if (type == "BertProcessing") {
        out.pair = {cls, a, sep, {Kind::Second, 1, {}}, {Kind::Special, 1, sep.ids}};
      } else {
        out.pair = {cls, a, sep, sep, {Kind::Second, 0, {}}, sep};
        out.trim_offsets = o.flag("trim_offsets", true);
        out.add_prefix_space = o.flag("add_prefix_space", true);
      }
      has_template = true;
    } else if (type == "ByteLevel") {
      out.trim_offsets = o.flag("trim_offsets", true);
      out.add_prefix_space = o.flag("add_prefix_space", true);
      (void)o.take("use_regex");
    } else {
      throw Error(ErrorKind::Data, name + " is of the type " + io::quote(type, 40) + ", which tuneit does not know",
                  "docs/tokenisers.md lists those it knows.");
    }
    o.done();
  });
  return out;
}

}  // namespace tuneit::text
