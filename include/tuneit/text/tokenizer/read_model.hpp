#pragma once
// Which model, with which vocabulary, does a tokenizer.json hold?
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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
  throw Error(ErrorKind::Data, name + " is of the type " + io::quote(type, 40) + ", which tuneit does not know",
              "docs/tokenisers.md lists those it knows.");
}

}  // namespace tuneit::text
