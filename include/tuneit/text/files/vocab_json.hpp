#pragma once
// Which tokens and ids does a vocab.json hold?
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

namespace detail {

/// One JSON object of numbers; anything else is refused where it stands.
class VocabJson : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit VocabJson(const std::string& name) : name_(name) {}
  std::vector<std::pair<std::string, std::int64_t>> entries;

  bool start_object(std::size_t) override {
    if (open_) refuse("has an object for an id");
    return open_ = true;
  }
  bool end_object() override { return true; }
  bool key(string_t& token) override {
    if (entries.size() >= kMostTokens) refuse("has more than 2,000,000 tokens");
    if (token.size() > kMostTokenBytes) refuse("has a token of more than 4,096 bytes");
    if (!seen_.insert(token).second) refuse("has the token twice");
    entries.emplace_back(token, 0);
    return true;
  }
  bool number_integer(number_integer_t id) override { return number(id); }
  bool number_unsigned(number_unsigned_t id) override {
    return number(id > INT32_MAX ? std::int64_t{INT32_MAX} : static_cast<std::int64_t>(id));
  }
  bool number_float(number_float_t, const string_t&) override { refuse("has an id that is no whole number"); }
  bool string(string_t&) override { refuse("has a string for an id"); }
  bool boolean(bool) override { refuse("has true or false for an id"); }
  bool null() override { refuse("has null for an id"); }
  bool binary(binary_t&) override { refuse("has binary data for an id"); }
  bool start_array(std::size_t) override { refuse("has an array"); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    refuse("is not valid JSON at its byte " + std::to_string(position));
  }

 private:
  bool number(std::int64_t id) {
    if (entries.empty() || !open_) refuse("is a number, not an object");
    entries.back().second = id;
    return true;
  }
  [[noreturn]] void refuse(const std::string& what) const {
    const std::string at = entries.empty() ? "" : ", at or behind the token " + io::quote(entries.back().first, 40);
    throw Error(ErrorKind::Data, name_ + ": the vocabulary " + what + at,
                "A vocab.json is an object of tokens and their ids: {\"a\": 0, \"b\": 1}.");
  }
  std::string name_;
  std::unordered_set<std::string> seen_;
  bool open_ = false;
};

}  // namespace detail

/// The vocabulary of a vocab.json: an object of tokens and ids. Throws Error(Data) for what is no such object, a token
/// that is there twice, and as Vocabulary::of does.
[[nodiscard]] inline Vocabulary parse_vocab_json(std::string_view text, const std::string& name) {
  detail::VocabJson handler(name);
  text = io::without_byte_order_mark(text);
  const std::size_t first = text.find_first_not_of(io::json_space);
  // The JSON parser takes NUL for the end of the text.
  if (first == std::string_view::npos || text[first] != '{' || text.find('\0') != std::string_view::npos)
    throw Error(ErrorKind::Data, name + ": the vocabulary is no JSON object",
                "A vocab.json is an object of tokens and their ids: {\"a\": 0, \"b\": 1}.");
  nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
  return Vocabulary::of(std::move(handler.entries), name);
}

}  // namespace tuneit::text
