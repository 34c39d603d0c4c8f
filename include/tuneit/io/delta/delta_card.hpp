#pragma once
// What does a file say that holds only what a training has changed? One JSON text in its metadata, under
// "tuneit.delta".
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/delta/digests.hpp"
#include "tuneit/io/weights/format.hpp"
#include "tuneit/io/weights/json_fields.hpp"

namespace tuneit::io {

/// The tensors that it goes on top of (its base), and what they are afterwards. A base is known by what its tensors
/// are, not by the file that they came from: their names, types, shapes and bytes.
struct DeltaCard {
  static constexpr int version = 1;  ///< of the format; a file of a newer one is refused
  static constexpr std::size_t short_digits = 16;

  std::string model;                 ///< ResNet50, for people; may be empty
  std::string base, result;          ///< digest_of all tensors, before and after
  Digests tensors;                   ///< of the base: the first short_digits of each digest, to name what differs
  std::vector<std::string> removed;  ///< tensors of the base that are there no longer
  std::string other;                 ///< what else the text said, as JSON: written again by text_of

  friend bool operator==(const DeltaCard&, const DeltaCard&) = default;
};

/// The card as JSON.
[[nodiscard]] inline std::string text_of(const DeltaCard& card) {
  using nlohmann::json;
  json j = card.other.empty() ? json::object() : json::parse(card.other);
  j["version"] = DeltaCard::version;
  if (!card.model.empty()) j["model"] = card.model;
  j["base"] = card.base;
  j["result"] = card.result;
  json& tensors = j["base_tensors"] = json::object();
  for (const auto& [name, digest] : card.tensors) tensors[name] = digest;
  if (!card.removed.empty()) j["removed"] = card.removed;
  return j.dump();
}

namespace detail {

class DeltaCardReader : JsonFields {
 public:
  DeltaCardReader(std::string_view text, std::string where) : JsonFields(text, std::move(where)) {}

  DeltaCard read() {
    take_version(DeltaCard::version, "Use a newer tuneit.");
    DeltaCard card;
    take(json_, "model", card.model);
    card.base = take_digest("base");
    card.result = take_digest("result");
    const Json tensors = pull(json_, "base_tensors");
    if (!tensors.is_object()) refuse_field("base_tensors", "object");
    for (const auto& [name, digest] : tensors.items()) {
      if (!digest.is_string() || digest.get_ref<const std::string&>().size() != DeltaCard::short_digits ||
          !is_hexadecimal(digest.get_ref<const std::string&>()))
        refuse_text("has no hash of " + std::to_string(DeltaCard::short_digits) + " digits for the tensor " +
                    quote(name));
      card.tensors.emplace(name, digest.get<std::string>());
    }
    const Json removed = pull(json_, "removed");
    if (!removed.is_null() && !removed.is_array()) refuse_field("removed", "list");
    for (const Json& one : removed) {
      if (!one.is_string() || !card.tensors.contains(one.get_ref<const std::string&>()))
        refuse_text("removes what its base does not have");
      card.removed.push_back(one.get<std::string>());
    }
    if (!json_.empty()) card.other = json_.dump();
    return card;
  }

 private:
  std::string take_digest(const char* key) {
    std::string text;
    take(json_, key, text);
    if (text.size() != 64 || !is_hexadecimal(text)) refuse_field(key, "SHA-256");
    return text;
  }
};

}  // namespace detail

/// Reads the card of a delta; `file` is what holds it, for messages. Fields that this version does not know are kept in
/// `other`. Throws Error(ErrorKind::Weights) for a newer version and for what is no such text.
[[nodiscard]] inline DeltaCard parse_delta_card(std::string_view text, const std::string& file) {
  return detail::DeltaCardReader(text, file + ": the description of the delta (metadata '" + delta_key + "')").read();
}

}  // namespace tuneit::io
