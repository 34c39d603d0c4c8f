#pragma once
// How are the fields of a tokenizer.json read, so that none is passed over?
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::text {

using Json = nlohmann::json;

inline constexpr std::size_t kMostJsonBytes = std::size_t{256} << 20U;
inline constexpr int kMostJsonDepth = 32;

/// Parses a text of up to 256 MiB. Throws Error(Data) for what is no JSON, is nested more than 32 levels deep, has a
/// key of an object twice or a NUL byte. `name`: what holds it, for messages.
[[nodiscard]] inline Json parse_json(std::string_view text, const std::string& name) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::Data, name + " " + what, "The file is damaged, or was changed by hand.");
  };
  if (text.size() > kMostJsonBytes) refuse("is longer than 256 MiB");
  if (text.find('\0') != std::string_view::npos) refuse("has a NUL byte");
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    if (depth > kMostJsonDepth) refuse("is nested more than 32 levels deep");
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second)
      refuse("has the key " + io::quote(value.get_ref<const std::string&>()) + " twice");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const Json::parse_error& error) {
    refuse("is not valid JSON at its byte " + std::to_string(error.byte));
  } catch (const Json::exception& error) {  // a number that no type holds
    refuse("cannot be read: " + io::quote(error.what(), 160));
  }
  return {};
}

/// An object of a file, whose fields are taken out one by one; `done` refuses by name those that are left. Throws
/// Error(Data).
class JsonObject {
 public:
  /// `name`: what holds it and where, for messages.
  JsonObject(Json value, std::string name) : value_(std::move(value)), name_(std::move(name)) {
    if (!value_.is_object()) refuse("is no object");
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[noreturn]] void refuse(const std::string& what, const std::string& mend = {}) const {
    throw Error(ErrorKind::Data, name_ + " " + what, mend);
  }
  [[noreturn]] void refuse_field(const char* key, const std::string& wanted) const {
    refuse("has no " + wanted + " as its " + io::quote(key));
  }
  [[nodiscard]] bool has(const char* key) const { return value_.contains(key); }

  /// The field, whatever it is; null where there is none.
  [[nodiscard]] Json take(const char* key) {
    const auto at = value_.find(key);
    if (at == value_.end()) return nullptr;
    Json taken = std::move(*at);
    value_.erase(at);
    return taken;
  }
  [[nodiscard]] std::string text(const char* key) {
    Json taken = take(key);
    if (!taken.is_string()) refuse_field(key, "text");
    return std::move(taken.get_ref<std::string&>());
  }
  [[nodiscard]] std::string text(const char* key, std::string otherwise) { return null(key) ? otherwise : text(key); }
  [[nodiscard]] std::optional<bool> maybe_flag(const char* key) {
    if (null(key)) return std::nullopt;
    const Json taken = take(key);
    if (!taken.is_boolean()) refuse_field(key, "true or false");
    return taken.get<bool>();
  }
  [[nodiscard]] bool flag(const char* key, bool otherwise) { return maybe_flag(key).value_or(otherwise); }
  [[nodiscard]] std::int64_t number(const char* key, std::int64_t least, std::int64_t most) {
    const std::optional<std::int64_t> n = whole(take(key));
    if (!n || *n < least || *n > most)
      refuse_field(key, "whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return *n;
  }
  [[nodiscard]] std::int64_t number(const char* key, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
    return null(key) ? otherwise : number(key, least, most);
  }
  [[nodiscard]] Json list(const char* key) {
    Json taken = take(key);
    if (!taken.is_array()) refuse_field(key, "list");
    return taken;
  }
  [[nodiscard]] JsonObject object(const char* key) {
    Json taken = take(key);
    if (!taken.is_object()) refuse_field(key, "object");
    return {std::move(taken), name_ + ", " + io::quote(key) + ","};
  }
  /// One of these words.
  template <class T>
  [[nodiscard]] T choice(const char* key, std::initializer_list<std::pair<std::string_view, T>> words, T otherwise) {
    if (null(key)) return otherwise;
    const std::string word = text(key);
    std::string all;
    for (const auto& [name, value] : words) {
      if (name == word) return value;
      all.append(all.empty() ? "" : ", ").append(name);
    }
    refuse("has " + io::quote(word, 40) + " as its " + io::quote(key), "It may be one of " + all + ".");
  }
  void done() const {
    if (!value_.empty()) refuse("has a field that tuneit does not know: " + io::quote(value_.begin().key(), 60));
  }
  /// What is left.
  [[nodiscard]] Json& rest() noexcept { return value_; }

  /// A whole number that fits 64 bits.
  [[nodiscard]] static std::optional<std::int64_t> whole(const Json& value) {
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
      return std::nullopt;
    return value.get<std::int64_t>();
  }

 private:
  /// Is the field not there, or null? Then it is taken.
  bool null(const char* key) {
    const auto at = value_.find(key);
    if (at == value_.end()) return true;
    if (!at->is_null()) return false;
    value_.erase(at);
    return true;
  }
  Json value_;
  std::string name_;
};

/// Calls each(JsonObject, type) for an object with a 'type', or for all those of its Sequence, whose list is `key`, in
/// order; nothing for null.
template <class Each>
void each_of_sequence(Json value, const char* key, const std::string& name, Each each) {
  std::vector<Json> waiting;  // the next one last
  waiting.push_back(std::move(value));
  while (!waiting.empty()) {
    Json one = std::move(waiting.back());
    waiting.pop_back();
    if (one.is_null()) continue;
    JsonObject object(std::move(one), name);
    const std::string type = object.text("type");
    if (type != "Sequence") {
      JsonObject typed(std::move(object.rest()), name + " " + type);
      each(typed, type);
      continue;
    }
    Json parts = object.list(key);
    object.done();
    for (std::size_t i = parts.size(); i-- > 0;) waiting.push_back(std::move(parts[i]));
  }
}

}  // namespace tuneit::text
