#pragma once
// What is known of the model in --weights, before its tensors are read?
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/io/weights/read_model_card.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::app {

/// "ResNet18" and "resnet-18" are one model: letters and digits, in lower case.
inline std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

/// The card of the weights, empty where nothing is known, and what is to be said of how it came about.
struct KnownModel {
  io::ModelCard card;
  bool has_card = false;
  std::vector<std::string> notes;
};

namespace detail {

/// tuneit 0.1 wrote no names into its weights, but into the result.json beside them, with the same recipe.
inline std::vector<std::string> names_beside(const io::TensorFile& file) {
  const auto recipe = file.metadata.find("tuneit.recipe"), model = file.metadata.find("model");
  if (recipe == file.metadata.end() || model == file.metadata.end()) return {};
  std::ifstream in(std::filesystem::path(file.path).parent_path() / "result.json");
  const nlohmann::json result = nlohmann::json::parse(in, nullptr, false);
  if (!result.is_object() || result.value("recipe", nlohmann::json()) != recipe->second ||
      result.value("model", nlohmann::json()) != model->second)
    return {};
  std::vector<std::string> names;
  for (const nlohmann::json& name : result.value("classes", nlohmann::json())) {
    if (!name.is_string()) return {};
    names.push_back(io::utf8_original(name.get_ref<const std::string&>()));
  }
  return names;
}

}  // namespace detail

/// Reads it, if the weights are a file that is here. Throws Error(Weights) for a damaged card or a newer one.
inline KnownModel known_model(const Options& o) {
  KnownModel known;
  std::error_code error;
  if (o.scratch || o.weights.empty() || !std::filesystem::is_regular_file(o.weights, error)) return known;
  const io::TensorFile file = io::read_metadata(o.deltas.empty() ? o.weights : o.deltas.back());
  if (auto card = io::model_card_of(file)) {
    known.card = std::move(*card);
    known.has_card = true;
  } else if (known.card.names = detail::names_beside(file); !known.card.names.empty()) {
    known.notes.push_back(o.weights + " names no classes; those in the result.json beside it are taken");
  }
  return known;
}

/// The model that --evaluate is to test, as the weights name it; empty where they do not.
inline std::string model_to_test(const Options& o) {
  return o.evaluate && !o.emits ? known_model(o).card.model : std::string{};
}

/// Throws Error(Weights) where the weights say that they are another model's. `model`: the recipe's.
inline void check_architecture(const Options& o, const KnownModel& known, const std::string& model) {
  const std::string& in_file = known.card.model;
  if (in_file.empty() || plain_name(in_file) == plain_name(model)) return;
  throw Error(ErrorKind::Weights,
              o.weights + " holds a " + in_file + ", and " +
                  (o.given.contains("--model") ? "--model " + o.name : "this program's model") + " is a " + model,
              o.known.contains("--model") ? "Give the --model that was trained, or weights of this one."
                                          : "Give weights of a " + model + ".");
}

}  // namespace tuneit::app
