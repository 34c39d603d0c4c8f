#pragma once
// How is a model's card read from its file, strictly, and without the tensors?
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/weights/format.hpp"
#include "tuneit/io/weights/json_fields.hpp"
#include "tuneit/io/weights/model_card.hpp"
#include "tuneit/io/weights/read_parts.hpp"

namespace tuneit::io {
namespace detail {

/// Reads one card.
class CardReader : JsonFields {
 public:
  CardReader(std::string_view text, std::string where) : JsonFields(text, std::move(where)) {}

  ModelCard read() {
    take_version(
        ModelCard::version,
        "Use a newer tuneit; or save the tensors again without metadata, then they are read like any file that "
        "names no classes.");
    ModelCard card;
    take(json_, "library", card.library);
    section("architecture", [&](nlohmann::json& part) {
      take(part, "model", card.model);
      take(part, "head", card.head);
      take(part, "outputs", card.outputs, 1, 1 << 30);
      take(part, "channels", card.channels, 1, 1 << 16);
    });
    section("learns", [&](nlohmann::json& part) {
      take(part, "kind", card.learns);
      take(part, "loss", card.loss);
      take_names(part, card.names);
    });
    section("preprocessing", [&](nlohmann::json& part) { card.preprocessing = preprocessing(part); });
    section("trained_on", [&](nlohmann::json& part) { card.trained_on = trained_on(part); });
    const std::size_t names = card.names.size(), outputs = static_cast<std::size_t>(card.outputs);
    const bool one_for_two = outputs == 1 && names == 2 && card.learns != "labels" && card.learns != "numbers";
    if (names > 0 && outputs > 0 && names != outputs && !one_for_two)
      refuse_text("has " + std::to_string(names) + " names for " + std::to_string(outputs) + " outputs");
    if (!json_.empty()) card.other = json_.dump();
    return card;
  }

 private:
  using JsonFields::take;

  void take_names(Json& from, std::vector<std::string>& to) const {
    const Json list = pull(from, "names");
    if (list.is_null()) return;
    if (!list.is_array()) refuse_field("names", "list");
    std::unordered_set<std::string> seen;
    for (const Json& one : list) {
      if (!one.is_string()) refuse_text("has a name that is no text");
      std::string name = utf8_original(one.get_ref<const std::string&>());
      if (name.empty()) refuse_text("has an empty name");
      if (!seen.insert(name).second) refuse_text("has the name " + quote(name) + " twice");
      to.push_back(std::move(name));
    }
  }
  void take(Json& from, const char* key, std::vector<double>& to, bool positive) const {
    const Json list = pull(from, key);
    if (list.is_null()) return;
    bool right = list.is_array() && !list.empty() && list.size() <= 16;
    std::vector<double> numbers;
    for (std::size_t i = 0; right && i < list.size(); ++i) {
      right = list[i].is_number() && std::abs(list[i].get<double>()) < 1e30;
      if (right) numbers.push_back(list[i].get<double>());
      right = right && (!positive || numbers.back() > 1e-30);
    }
    if (!right) refuse_field(key, positive ? "list of numbers above 0" : "list of numbers");
    to = std::move(numbers);
  }
  [[nodiscard]] Preprocessing preprocessing(Json& part) const {
    Preprocessing p;
    take(part, "side", p.side, 1, 1 << 16);
    if (p.side == 0) refuse_text("does not say how large pictures are ('side')");
    take(part, "resize", p.resize, 0, 1 << 16);
    take(part, "interpolation", p.interpolation);
    take(part, "mean", p.mean, false);
    take(part, "std", p.stddev, true);
    if (p.mean.size() != p.stddev.size()) refuse_text("has a mean and a std of different lengths");
    if (p.resize != 0 && p.resize < p.side) refuse_text("cuts out more ('side') than there is ('resize')");
    take(part, "exif_orientation", p.exif_orientation);
    take(part, "scaled_decoding", p.scaled_decoding);
    take(part, "test_views", p.test_views);
    return p;
  }
  [[nodiscard]] TrainedOn trained_on(Json& part) const {
    TrainedOn t;
    take(part, "all", t.all);
    take(part, "train", t.train);
    Json split = pull(part, "split");
    if (split.is_null()) return t;
    if (!split.is_object()) refuse_field("split", "object");
    t.split = true;
    const Json fraction = pull(split, "test_fraction");
    if (!fraction.is_number() || !(fraction.get<double>() >= 0 && fraction.get<double>() < 1))
      refuse_field("test_fraction", "number of at least 0 and less than 1");
    t.test_fraction = fraction.get<double>();
    const Json seed = pull(split, "seed");  // any 64 bits
    if (!seed.is_number_unsigned()) refuse_field("seed", "whole number of 0 or more");
    t.split_seed = seed.get<std::uint64_t>();
    int folds = 0, fold = 0;
    take(split, "folds", folds, 0, 1000);
    take(split, "fold", fold, 0, 999);
    if (folds == 1 || fold > std::max(0, folds - 1)) refuse_field("folds", "number that goes with its 'fold'");
    t.folds = static_cast<unsigned>(folds);
    t.fold = static_cast<unsigned>(fold);
    if (!split.empty()) part["split"] = std::move(split);
    return t;
  }
};

}  // namespace detail

/// Reads a card; `file` is what holds it, for messages. Fields that this version does not know are kept in `other`.
/// Throws Error(ErrorKind::Weights) for a newer version, for what is no JSON or has keys twice, and for fields of
/// another type or range, with what is wrong.
[[nodiscard]] inline ModelCard parse_model_card(std::string_view text, const std::string& file) {
  return detail::CardReader(text, file + ": the description of the model (metadata '" + model_card_key + "')").read();
}

/// The card in a file's metadata, if there is one.
[[nodiscard]] inline std::optional<ModelCard> model_card_of(const TensorFile& file) {
  const auto at = file.metadata.find(model_card_key);
  if (at == file.metadata.end()) return std::nullopt;
  return parse_model_card(at->second, quote_path(file.path));
}

/// The metadata of a file of weights, or of a model in parts (by its index: what all parts say), without its tensors.
/// Of safetensors only the header is read; other files have none. Throws as read_tensors does.
[[nodiscard]] inline TensorFile read_metadata(const std::filesystem::path& path) {
  const InputFile input(path);
  const std::string head = detail::head_of(input);
  TensorFile file{path.string(), {}, {}, {}};
  if (detail::looks_like_safetensors(head, input.size())) {
    file.metadata = detail::read_safetensors_layout(input).header.metadata;
  } else if (detail::looks_like_index(head, input.size())) {
    bool first = true;
    const detail::PartsIndex index = detail::read_parts_index(input);
    detail::check_that_parts_exist(index, path.parent_path(), input.name());
    for (const std::string& name : index.files) {
      const InputFile part(path.parent_path() / name);
      const bool plain = detail::looks_like_safetensors(detail::head_of(part), part.size());
      const std::map<std::string, std::string> said =
          plain ? detail::read_safetensors_layout(part).header.metadata : std::map<std::string, std::string>{};
      if (std::exchange(first, false)) file.metadata = said;
      std::erase_if(file.metadata, [&](const auto& entry) {
        const auto same = said.find(entry.first);
        return same == said.end() || same->second != entry.second;
      });
    }
  }
  check_format(file.metadata, input.name());
  return file;
}

/// The card of such a file, if it has one. Throws as read_metadata and parse_model_card do.
[[nodiscard]] inline std::optional<ModelCard> read_model_card(const std::filesystem::path& path) {
  return model_card_of(read_metadata(path));
}

}  // namespace tuneit::io
