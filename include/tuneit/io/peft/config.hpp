#pragma once
// What does adapter_config.json say, the file that PEFT (Hugging Face) writes beside an adapter's tensors? Read
// strictly: what would change the result and is not known here is refused by its name.
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/peft/names.hpp"
#include "tuneit/io/weights/json_fields.hpp"

namespace tuneit::io::peft {

/// The version of PEFT whose fields these are.
inline constexpr const char* version = "0.21.2";

/// What tuneit knows of it.
struct Config {
  bool ia3 = false;  ///< else LoRA
  bool dora = false, rank_stabilised = false, gaussian = false;
  int rank = 8;
  double alpha = 8, dropout = 0;
  std::vector<std::pair<std::string, int>> ranks;      ///< rank_pattern: of modules for which it is another
  std::vector<std::pair<std::string, double>> alphas;  ///< alpha_pattern
  ModuleNames targets, feedforward;                    ///< of IA3: whose input is multiplied
  std::vector<std::string> saved;                      ///< modules_to_save: trained as a whole

  friend bool operator==(const Config&, const Config&) = default;

  /// What B A of a module of this rank is multiplied by. `file`: for messages.
  [[nodiscard]] double scale(std::string_view module, const std::string& file) const {
    double r = rank, a = alpha;
    for (auto at = ranks.rbegin(); at != ranks.rend(); ++at)  // the first that means it counts
      if (pattern_means(at->first, module, file)) r = at->second;
    for (auto at = alphas.rbegin(); at != alphas.rend(); ++at)
      if (pattern_means(at->first, module, file)) a = at->second;
    return a / (rank_stabilised ? std::sqrt(r) : r);
  }
  /// Is what goes into this module multiplied (IA3)?
  [[nodiscard]] bool on_input(std::string_view module, const std::string& file) const {
    if (!feedforward.expression.empty() && feedforward == targets) return true;
    if (!feedforward.expression.empty())
      detail::refuse(file + " has a regular expression as its feedforward_modules, where tuneit reads names only",
                     "Write the names themselves.");
    for (const std::string& name : feedforward.list)
      if (module.ends_with(name)) return true;
    return false;
  }
};

/// The file, as PEFT writes it.
[[nodiscard]] inline std::string text_of(const Config& c) {
  using nlohmann::json;
  const auto number = [](double x) {
    return x == std::floor(x) && std::fabs(x) < 1e9 ? json(static_cast<long long>(x)) : json(x);
  };
  const auto names = [](const ModuleNames& n) { return n.expression.empty() ? json(n.list) : json(n.expression); };
  json j = {{"auto_mapping", nullptr},
            {"base_model_name_or_path", nullptr},
            {"exclude_modules", nullptr},
            {"fan_in_fan_out", false},
            {"inference_mode", true},
            {"peft_version", version},
            {"revision", nullptr},
            {"task_type", nullptr},
            {"target_modules", names(c.targets)},
            {"peft_type", c.ia3 ? "IA3" : "LORA"}};
  j["modules_to_save"] = c.saved.empty() ? json(nullptr) : json(c.saved);
  if (c.ia3) {
    j["feedforward_modules"] = names(c.feedforward);
    j["init_ia3_weights"] = true;
    return j.dump(2) + "\n";
  }
  j["r"] = c.rank;
  j["lora_alpha"] = number(c.alpha);
  j["lora_dropout"] = c.dropout;
  j["use_rslora"] = c.rank_stabilised;
  j["use_dora"] = c.dora;
  j["init_lora_weights"] = c.gaussian ? json("gaussian") : json(true);
  j["bias"] = "none";
  json &ranks = j["rank_pattern"] = json::object(), &alphas = j["alpha_pattern"] = json::object();
  for (const auto& [key, rank] : c.ranks) ranks[key] = rank;
  for (const auto& [key, alpha] : c.alphas) alphas[key] = number(alpha);
  for (const char* const none : {"layer_replication", "layers_pattern", "layers_to_transform",
                                 "trainable_token_indices", "target_parameters", "megatron_config"})
    j[none] = nullptr;
  j["lora_bias"] = false;
  j["loftq_config"] = json::object();
  j["megatron_core"] = "megatron.core";
  return j.dump(2) + "\n";
}

namespace detail {

using namespace io::detail;

class ConfigReader : JsonFields {
 public:
  ConfigReader(std::string_view text, const std::string& file) : JsonFields(text, file + ": it"), file_(file) {}

  Config read() {
    Config c;
    std::string type;
    take(json_, "peft_type", type);
    c.ia3 = type == "IA3";
    if (!c.ia3 && type != "LORA")
      refuse(file_ + " is of an adapter of the type " + quote(type) + ", which tuneit does not read",
             "It reads LORA (with use_rslora and use_dora) and IA3.");
    c.targets = take_names("target_modules");
    c.saved = take_names("modules_to_save").list;
    if (c.ia3) c.feedforward = take_names("feedforward_modules");
    if (!c.ia3) read_low_rank(c);
    // Of these the result does not depend, or the tensors say it.
    for (const char* const key :
         {"auto_mapping", "base_model_name_or_path", "exclude_modules", "fan_in_fan_out", "inference_mode",
          "peft_version", "revision", "task_type", "layers_pattern", "layers_to_transform", "loftq_config",
          "megatron_core", "init_ia3_weights", "qalora_group_size", "ensure_weight_tying"})
      pull(json_, key);
    for (const auto& [key, value] : json_.items())
      if (!(value.is_null() || value == false || (value.is_structured() && value.empty())))
        refuse(file_ + " has " + quote(key) + ", which tuneit does not know: " + quote(value.dump(), 60),
               "Merge the adapter in Python (merge_and_unload), and load the whole weights.");
    return c;
  }

 private:
  void read_low_rank(Config& c) {
    take(json_, "r", c.rank, 1, 1 << 20);
    c.alpha = take_positive(pull(json_, "lora_alpha"), "lora_alpha", 8);
    const Json dropout = pull(json_, "lora_dropout");
    if (dropout.is_number()) c.dropout = dropout.get<double>();
    if (!(c.dropout >= 0 && c.dropout < 1)) refuse_field("lora_dropout", "number of at least 0 and less than 1");
    take(json_, "use_rslora", c.rank_stabilised);
    take(json_, "use_dora", c.dora);
    const Json ranks = take_object("rank_pattern"), alphas = take_object("alpha_pattern");
    for (const auto& [key, value] : ranks.items()) {
      if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > (1 << 20))
        refuse_field("rank_pattern", "ranks");
      c.ranks.emplace_back(key, value.get<int>());
    }
    for (const auto& [key, value] : alphas.items())
      c.alphas.emplace_back(key, take_positive(value, "alpha_pattern", 0));
    const Json start = pull(json_, "init_lora_weights");
    c.gaussian = start == "gaussian";
    if (!(start.is_null() || start.is_boolean() || c.gaussian || start == "orthogonal"))
      refuse(
          file_ + " has init_lora_weights " + quote(start.dump(), 40) + ", with which the network's own weights change",
          "Save it in Python as plain LoRA (path_initial_model_for_weight_conversion).");
    const Json bias = pull(json_, "bias");
    if (!(bias.is_null() || bias == "none"))
      refuse(
          file_ + " has the biases " + quote(bias.dump(), 40) + " of the network trained, which tuneit does not read",
          "Merge the adapter in Python (merge_and_unload), and load the whole weights.");
  }
  double take_positive(const Json& value, const char* key, double otherwise) const {
    if (value.is_null() && otherwise > 0) return otherwise;
    if (!value.is_number() || !(value.get<double>() > 0 && value.get<double>() < 1e30))
      refuse_field(key, "number above 0");
    return value.get<double>();
  }
  Json take_object(const char* key) {
    Json value = pull(json_, key);
    if (!value.is_null() && !value.is_object()) refuse_field(key, "object");
    return value.is_null() ? Json::object() : value;
  }
  ModuleNames take_names(const char* key) {
    const Json value = pull(json_, key);
    ModuleNames names;
    if (value.is_null()) return names;
    if (value.is_string()) {
      names.expression = value.get<std::string>();
      return names;
    }
    if (!value.is_array()) refuse_field(key, "list of names");
    for (const Json& one : value) {
      if (!one.is_string()) refuse_field(key, "list of names");
      names.list.push_back(one.get<std::string>());
    }
    return names;
  }

  const std::string& file_;
};

}  // namespace detail

/// Reads the text; `file` is what holds it, for messages. Throws Error(ErrorKind::Weights) for other adapters, for what
/// is no such text, and for fields that would change the result and are not known here.
[[nodiscard]] inline Config parse_config(std::string_view text, const std::string& file) {
  return detail::ConfigReader(text, file).read();
}
/// The same of a file, of up to 8 MiB.
[[nodiscard]] inline Config read_config(const std::filesystem::path& path) {
  const InputFile input(path);
  if (input.size() > io::detail::max_fields_bytes) io::detail::refuse(input.name() + " is longer than 8 MiB");
  std::string text(static_cast<std::size_t>(input.size()), '\0');
  input.read(0, std::as_writable_bytes(std::span(text)));
  return parse_config(text, input.name());
}

}  // namespace tuneit::io::peft
