#pragma once
// How are the fields of a JSON text in a file's metadata read, strictly? Each is taken out as it is read; what is left
// is not ours, and is kept.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/weights/tensor_file.hpp"
#include "tuneit/meta/ascii.hpp"

namespace tuneit::io::detail {

inline constexpr std::size_t max_fields_bytes = 8U << 20U;
inline constexpr int max_fields_depth = 32;

/// Base of what reads such a text. `where` begins all messages; throws Error(ErrorKind::Weights) for what is no JSON
/// object or has keys twice.
class JsonFields {
 protected:
  using Json = nlohmann::json;

  JsonFields(std::string_view text, std::string where) : where_(std::move(where)) {
    if (text.size() > max_fields_bytes) refuse_text("is longer than 8 MiB");
    const std::size_t first = text.find_first_not_of(json_space);
    if (first == std::string_view::npos || text[first] != '{') refuse_text("does not begin with '{'");
    if (text.find('\0') != std::string_view::npos) refuse_text("has a NUL byte");
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
      using Event = nlohmann::json::parse_event_t;
      if (depth > max_fields_depth) refuse_text("is nested more than 32 levels deep");
      if (event == Event::object_start) keys.emplace_back();
      if (event == Event::object_end) keys.pop_back();
      if (event == Event::key && !keys.back().insert(value.get<std::string>()).second)
        refuse_text("has the key " + quote(value.get_ref<const std::string&>()) + " twice");
      return true;
    };
    try {
      json_ = nlohmann::json::parse(text.begin(), text.end(), watch);
    } catch (const nlohmann::json::parse_error& error) {
      refuse_text("is not valid JSON at its byte " + std::to_string(error.byte));
    } catch (const nlohmann::json::exception& error) {  // a number that no type holds
      refuse_text("cannot be read: " + quote(error.what(), 160));
    }
  }
  JsonFields(const JsonFields&) = delete;
  JsonFields& operator=(const JsonFields&) = delete;
  ~JsonFields() = default;

  /// Refuses texts of a newer version than `newest`, and those that do not say theirs. `mend`: what to do with a newer
  /// one.
  void take_version(int newest, const std::string& mend) {
    const auto version = take_number<std::int64_t>(json_, "version", 1, INT32_MAX, "a whole number of 1 or more");
    if (!version) refuse_text("does not say which version of the format it has ('version')");
    if (*version > newest)
      refuse(where_ + " is of version " + std::to_string(*version) + ", and this program reads version " +
                 std::to_string(newest),
             mend);
  }

  [[noreturn]] void refuse_text(const std::string& what) const {
    refuse(where_ + " " + what, "It is damaged, or was changed by hand. Save the model again with tuneit.");
  }
  [[noreturn]] void refuse_field(std::string_view key, const std::string& wanted) const {
    refuse_text("has no " + wanted + " as its " + quote(key));
  }

  /// The field, taken out; null where there is none.
  static Json pull(Json& from, const char* key) {
    const auto at = from.find(key);
    if (at == from.end()) return nullptr;
    Json value = std::move(*at);
    from.erase(at);
    return value;
  }
  /// Reads an object; what `read` left of it stays.
  template <class Read>
  void section(const char* key, Read read) {
    Json part = pull(json_, key);
    if (part.is_null()) return;
    if (!part.is_object()) refuse_field(key, "object");
    read(part);
    if (!part.empty()) json_[key] = std::move(part);
  }
  void take(Json& from, const char* key, std::string& to) const {
    Json value = pull(from, key);
    if (value.is_null()) return;
    if (!value.is_string()) refuse_field(key, "text");
    to = std::move(value.get_ref<std::string&>());
  }
  void take(Json& from, const char* key, bool& to) const {
    const Json value = pull(from, key);
    if (value.is_null()) return;
    if (!value.is_boolean()) refuse_field(key, "true or false");
    to = value.get<bool>();
  }
  template <class T>
  std::optional<T> take_number(Json& from, const char* key, T least, T most, const std::string& wanted) const {
    const Json value = pull(from, key);
    if (value.is_null()) return std::nullopt;
    const bool whole =
        value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    if (!whole || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) refuse_field(key, wanted);
    return static_cast<T>(value.get<std::int64_t>());
  }
  void take(Json& from, const char* key, int& to, int least, int most) const {
    const std::string wanted = "whole number from " + std::to_string(least) + " to " + std::to_string(most);
    to = take_number<int>(from, key, least, most, wanted).value_or(to);
  }

  std::string where_;
  Json json_;
};

}  // namespace tuneit::io::detail
