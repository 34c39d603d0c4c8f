#pragma once
// Which model, with which vocabulary, does a tokenizer.json hold?
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/text/files/merges.hpp"
#include "tuneit/text/pieces/bpe.hpp"
#include "tuneit/text/pieces/unigram.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"
#include "tuneit/text/pieces/wordpiece.hpp"
#include "tuneit/text/tokenizer/json_object.hpp"
#include "tuneit/text/tokenizer/pipeline.hpp"

namespace tuneit::text {

/// The 'vocab' of WordPiece and BPE: an object of tokens and ids.
[[nodiscard]] inline Vocabulary read_vocabulary(JsonObject& from) {
  Json vocab = from.take("vocab");
  if (!vocab.is_object()) from.refuse_field("vocab", "object of tokens and ids");
  if (vocab.size() > kMostTokens) from.refuse("has a vocabulary of more than 2,000,000 tokens");
  std::vector<std::pair<std::string, std::int64_t>> entries;
  entries.reserve(vocab.size());
  for (const auto& [token, id] : vocab.items()) {
    const std::optional<std::int64_t> number = JsonObject::whole(id);
    if (!number) from.refuse("has a vocabulary whose token " + io::quote(token, 40) + " has no whole number as its id");
    entries.emplace_back(token, *number);
  }
  return Vocabulary::of(std::move(entries), from.name());
}

/// The merges of BPE: a list of "a b" in old files, of ["a", "b"] in others.
[[nodiscard]] inline Bpe::Merges read_merges(JsonObject& from) {
  Bpe::Merges merges;
  const Json list = from.list("merges");
  if (list.size() > kMostMerges) from.refuse("has more than 4,000,000 merges");
  merges.reserve(list.size());
  for (const Json& one : list) {
    auto& merge = merges.emplace_back();
    const char* wrong = nullptr;
    if (one.is_string())
      wrong = parse_merge(one.get_ref<const std::string&>(), merge);
    else if (one.is_array() && one.size() == 2 && one[0].is_string() && one[1].is_string())
      merge = {one[0].get<std::string>(), one[1].get<std::string>()};
    else
      wrong = "is no two tokens";
    if (wrong != nullptr) from.refuse("has a merge, number " + std::to_string(merges.size()) + ", that " + wrong);
  }
  return merges;
}

[[nodiscard]] inline Model read_bpe(JsonObject& o, const std::string& name) {
  BpeOptions options;
  const Json unknown = o.take("unk_token");
  if (!unknown.is_string() && !unknown.is_null()) o.refuse_field("unk_token", "text");
  if (unknown.is_string()) options.unk_token = unknown.get<std::string>();
  options.continuing_subword_prefix = o.text("continuing_subword_prefix", "");
  options.end_of_word_suffix = o.text("end_of_word_suffix", "");
  options.fuse_unk = o.flag("fuse_unk", false);
  options.byte_fallback = o.flag("byte_fallback", false);
  options.ignore_merges = o.flag("ignore_merges", false);
  if (const Json dropout = o.take("dropout"); !dropout.is_null() && dropout != 0)
    o.refuse("asks for dropout of merges", "Set 'dropout' to null: tuneit's tokens do not depend on chance.");
  (void)o.take("cache_capacity");  // of no influence on tokens
  const Bpe::Merges merges = read_merges(o);
  Vocabulary vocabulary = read_vocabulary(o);
  o.done();
  return Bpe(std::move(vocabulary), merges, std::move(options), name);
}

/// The 'vocab' of Unigram is a list of [token, score].
[[nodiscard]] inline Model read_unigram(JsonObject& o, const std::string& name) {
  std::optional<std::int32_t> unknown;
  if (const auto id = o.number("unk_id", 0, INT32_MAX, -1); id >= 0) unknown = static_cast<std::int32_t>(id);
  const bool byte_fallback = o.flag("byte_fallback", false);
  const Json list = o.list("vocab");
  if (list.size() > kMostTokens) o.refuse("has a vocabulary of more than 2,000,000 tokens");
  std::vector<std::string> tokens;
  std::vector<double> scores;
  tokens.reserve(list.size());
  scores.reserve(list.size());
  for (const Json& one : list) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_string() || !one[1].is_number())
      o.refuse("has a vocabulary whose entry " + std::to_string(tokens.size()) + " is no token and score");
    tokens.push_back(one[0].get<std::string>());
    scores.push_back(one[1].get<double>());
    if (tokens.back().size() > kMostTokenBytes) o.refuse("has a token of more than 4,096 bytes");
  }
  for (const char* sampling : {"alpha", "nbest_size"})
    if (!o.take(sampling).is_null())
      o.refuse(std::string("asks for sampling: ") + sampling, "Tuneit's tokens do not depend on chance.");
  o.done();
  return Unigram(Vocabulary(std::move(tokens)), std::move(scores), unknown, byte_fallback, name);
}

[[nodiscard]] inline Model read_model(Json value, const std::string& name) {
  JsonObject o(std::move(value), name);
  // old files do not say which it is
  const std::string type = o.text("type", o.has("merges")                     ? "BPE"
                                          : o.has("unk_id")                   ? "Unigram"
                                          : o.has("max_input_chars_per_word") ? "WordPiece"
                                                                              : "none");
  if (type == "WordPiece") {
    const std::string unknown = o.text("unk_token", "[UNK]");
    std::string prefix = o.text("continuing_subword_prefix", "##");
    const std::int64_t most = o.number("max_input_chars_per_word", 0, INT32_MAX, 100);
    Vocabulary vocabulary = read_vocabulary(o);
    o.done();
    return WordPiece(std::move(vocabulary), unknown, std::move(prefix), static_cast<std::size_t>(most), name);
  }
  if (type == "BPE") return read_bpe(o, name);
  if (type == "Unigram") return read_unigram(o, name);
  throw Error(ErrorKind::Data, name + " is of the type " + io::quote(type, 40) + ", which tuneit does not know",
              "docs/tokenisers.md lists those it knows.");
}

}  // namespace tuneit::text
