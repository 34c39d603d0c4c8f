#pragma once
// A fine-tuned network of texts as a folder that transformers loads: what is in config.json, and the tokeniser's files.
// No LibTorch.
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/app/text/text_trainer.hpp"
#include "tuneit/io/atomic_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::app {

/// What a folder says of the head of its network.
struct KnownHead {
  TextTask task = TextTask::Classes;
  std::vector<std::string> names;  ///< of its outputs
  bool may_have_none = false;      ///< of questions: there may be no answer
  int max_length = 0;              ///< tokens of the texts that it was trained on; 0: not known
};

inline constexpr std::string_view tokenizer_files[]{"tokenizer.json", "vocab.txt", "tokenizer_config.json",
                                                    "special_tokens_map.json"};

/// The folder that --weights names, or the one in which that file lies, and the file.
struct WeightsPlace {
  std::filesystem::path folder, file;
};
/// Throws Error(Weights) where there is no such file.
inline WeightsPlace weights_place(const std::string& weights) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path path(weights);
  if (!fs::exists(path, failed))
    throw Error(ErrorKind::Weights, "there is no " + io::quote_path(path),
                "--weights is the folder of a model as Hugging Face has it: model.safetensors, config.json and "
                "tokenizer.json or vocab.txt.");
  if (!fs::is_directory(path, failed)) return {path.has_parent_path() ? path.parent_path() : fs::path("."), path};
  for (const char* name : {"model.safetensors", "pytorch_model.bin"})
    if (fs::exists(path / name, failed)) return {path, path / name};
  throw Error(ErrorKind::Weights, io::quote_path(path) + " has no model.safetensors and no pytorch_model.bin",
              "Give the folder of a model as Hugging Face has it.");
}

namespace detail {

inline nlohmann::json config_of(const std::filesystem::path& folder) {
  std::ifstream in(folder / "config.json");
  return in ? nlohmann::json::parse(in, nullptr, false) : nlohmann::json();
}

inline const char* architecture_of(TextTask task) {
  return task == TextTask::Tags    ? "BertForTokenClassification"
         : task == TextTask::Spans ? "BertForQuestionAnswering"
                                   : "BertForSequenceClassification";
}

}  // namespace detail

/// The head that config.json tells of, if it does. Throws Error(Weights) where it tells of another network than
/// `recipe` is.
inline std::optional<KnownHead> known_head(const std::filesystem::path& folder, const TextRecipe& recipe) {
  const nlohmann::json config = detail::config_of(folder);
  if (!config.is_object()) return std::nullopt;
  for (const auto& [key, text] : recipe.config) {
    const nlohmann::json own = nlohmann::json::parse(text);
    const auto there = config.find(key);
    if (there == config.end() || *there == own || key.find("dropout") != key.npos) continue;
    throw Error(ErrorKind::Weights,
                io::quote_path(folder / "config.json") + " says " + key + " " + there->dump() + ", and " +
                    recipe.model + " has " + own.dump(),
                "Give the weights of such a network.");
  }
  KnownHead head;
  const nlohmann::json architectures = config.value("architectures", nlohmann::json::array());
  const std::string what = architectures.is_array() && !architectures.empty() && architectures[0].is_string()
                               ? architectures[0].get<std::string>()
                               : std::string();
  const auto problem = config.find("problem_type");
  const std::string kind =
      problem != config.end() && problem->is_string() ? problem->get<std::string>() : std::string();
  if (what == "BertForTokenClassification")
    head.task = TextTask::Tags;
  else if (what == "BertForQuestionAnswering")
    head.task = TextTask::Spans;
  else if (what == "BertForSequenceClassification")
    head.task = kind == "regression"                   ? TextTask::Values
                : kind == "multi_label_classification" ? TextTask::Labels
                                                       : TextTask::Classes;
  else
    return std::nullopt;
  const nlohmann::json names = config.value("id2label", nlohmann::json::object());
  for (std::size_t i = 0; names.is_object() && i < names.size(); ++i) {
    const auto name = names.find(std::to_string(i));
    head.names.push_back(name != names.end() && name->is_string() ? name->get<std::string>()
                                                                  : "LABEL_" + std::to_string(i));
  }
  if (head.task != TextTask::Spans && head.names.empty()) head.names = {"LABEL_0", "LABEL_1"};  // transformers' own
  const nlohmann::json own = config.value("tuneit", nlohmann::json::object());
  if (own.is_object()) {
    head.may_have_none = own.value("may_have_no_answer", false);
    head.max_length = own.value("max_length", 0);
  }
  return head;
}

/// config.json of the network with this head.
inline std::string config_text(const TextRecipe& recipe, const KnownHead& head) {
  nlohmann::json config;
  for (const auto& [key, text] : recipe.config) config[key] = nlohmann::json::parse(text);
  config["architectures"] = {detail::architecture_of(head.task)};
  if (head.task != TextTask::Spans) {
    config["id2label"] = nlohmann::json::object();
    config["label2id"] = nlohmann::json::object();
    for (std::size_t i = 0; i < head.names.size(); ++i) {
      config["id2label"][std::to_string(i)] = head.names[i];
      config["label2id"][head.names[i]] = i;
    }
  }
  if (!of_tokens(head.task))
    config["problem_type"] = head.task == TextTask::Values   ? "regression"
                             : head.task == TextTask::Labels ? "multi_label_classification"
                                                             : "single_label_classification";
  config["tuneit"] = {{"may_have_no_answer", head.may_have_none}, {"max_length", head.max_length}};
  return config.dump(2) + "\n";
}

/// Writes config.json and copies the tokeniser's files, but where they lie there already.
inline void write_model_folder(const TextRecipe& recipe, const KnownHead& head, const std::filesystem::path& from,
                               const std::filesystem::path& to) {
  std::error_code failed;
  io::atomic_write(to / "config.json", config_text(recipe, head));
  for (const std::string_view name : tokenizer_files) {
    const std::filesystem::path file = from / name;
    if (!std::filesystem::exists(file, failed) || std::filesystem::equivalent(file, to / name, failed)) continue;
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    io::atomic_write(to / name, bytes);
  }
}

}  // namespace tuneit::app
